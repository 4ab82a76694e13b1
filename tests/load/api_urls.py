"""The site's addresses, and a DRF view that does nothing and knows nobody."""

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from vibesite.urls import urlpatterns as _urlpatterns


class Bare(APIView):
    authentication_classes = ()
    permission_classes = ()

    def post(self, _request: Request) -> Response:
        return Response({"success": True})


urlpatterns = [path("bare", Bare.as_view()), *_urlpatterns]
