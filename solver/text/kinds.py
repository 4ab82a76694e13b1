"""Whether a text asks for a program or for mathematics."""

import re
from typing import Final, Literal

KindName = Literal["maths", "code"]

_LANGUAGES: Final = (
    r"python|java(?:script)?|typescript|c\+\+|c\#|golang|rust|kotlin|swift|ruby|php|sql|bash"
    r"|haskell"
)
# Each of these alone says that a program is wanted.
_CODE: Final = re.compile(
    rf"""
    ^\s*(?:```|~~~)[ ]*(?!math|latex|tex|text|$)\w+        # a listing that names its language
    | ^\s*(?:\#include\b|def\s+\w+\(|class\s+\w+\s*[:({{]|import\s+\w+\s*$|public\s+static\b)
    | \b(?:sample|example)\s+(?:input|output)\b | \b(?:input|output)\s+format\b
    | \b(?:standard\s+input|stdin|stdout|time\s+limit|memory\s+limit)\b
    | \b(?:write|implement|code|complete|design|debug|fix)\b[^.?!\n]{{0,40}}
      \b(?:program|function|method|script|class|algorithm|subroutine|code|query|regex|bug)\b
      (?!\s+\$)                                             # "find a function $f$" is mathematics
    | \b(?:in|using|with)\s+(?:{_LANGUAGES})(?![\w+#])
    | \b(?:{_LANGUAGES})\s+(?:program|function|code|script|class)\b
    | \breturns?\s+(?:true|false|the\s+(?:index|indices|length|string|list|array|node|head))\b
    | \b(?:given|an|the)\s+(?:(?:\w+\s+)?array|linked\s+list|binary\s+tree)\b[^\n]{{0,300}}?\breturn
    | 编写|写一个?(?:程序|函数|算法)|实现一个|时间限制|(?:输入|输出)(?:格式|样例)|样例(?:输入|输出)
    """,
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)


def kind_of(text: str) -> KindName:
    """The likelier kind; `maths` where nothing points to a program. Linear in the text."""
    return "code" if _CODE.search(text) else "maths"
