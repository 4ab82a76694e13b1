"""Fields and bodies that take what is documented and nothing that only resembles it."""

from typing import Any

from rest_framework import serializers


class StrictSerializer(serializers.Serializer[Any]):
    """A request: a field that is not known is refused, since it would change nothing."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = sorted(str(name) for name in data.keys() - self.fields.keys())
            if unknown:
                message = "This field is not known. Leave it out."
                raise serializers.ValidationError({name: [message] for name in unknown})
        return super().to_internal_value(data)


class StrictCharField(serializers.CharField):
    """A string, not what can be made one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class StrictIntegerField(serializers.IntegerField):
    def to_internal_value(self, data: Any) -> int:
        # JSON has one kind of number: 1.0 is an integer, "1" and true are not.
        if isinstance(data, float) and data.is_integer():
            data = int(data)
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class StrictFloatField(serializers.FloatField):
    def to_internal_value(self, data: Any) -> float:
        if not isinstance(data, int | float) or isinstance(data, bool):
            self.fail("invalid")
        return float(super().to_internal_value(data))


class StrictChoiceField(serializers.ChoiceField):
    """One of the values themselves: DRF would take "1" for 1."""

    def to_internal_value(self, data: Any) -> Any:
        known = [value for value in self.choices if value == data and type(value) is type(data)]
        if not known or isinstance(data, bool):
            self.fail("invalid_choice", input=data)
        return known[0]


class StrictUUIDField(serializers.UUIDField):
    """A UUID as it is written; DRF would take a number for one, too."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or len(data) != 36:
            self.fail("invalid", value=data)
        return super().to_internal_value(data)
