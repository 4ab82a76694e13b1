"""How long a text is in tokens, without a tokenizer.

The web process has none. What it counts here is a lower bound: the tokenizers of our models never
join two words, or more than three digits, into one token. A text that is certainly too long is
refused at once; the worker, which has the tokenizer, decides about the rest exactly.
"""

import re
from typing import Final

_AT_LEAST_ONE_TOKEN: Final = re.compile(r"[^\W\d_]+|\d{1,3}")


def least_tokens(*texts: str) -> int:
    return sum(sum(1 for _ in _AT_LEAST_ONE_TOKEN.finditer(text)) for text in texts)
