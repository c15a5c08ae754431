"""Names as people and attackers make them: any text, with what shells and templates expand made frequent."""

from hypothesis import strategies as st

from dronelake.errors import BadInput
from dronelake.keys import check_key

_FREQUENT = st.sampled_from("$(){}'\"` `;&|<>*?!~%+=@#é 水.-_aZ0")
_TEXTS = st.text(_FREQUENT | st.characters(exclude_categories=["Cs"]), max_size=40)


def _is_segment(text: str) -> bool:
    try:
        check_key(text)
    except BadInput:
        return False
    return "/" not in text


# Every name that may be one part of a key.
SEGMENTS = _TEXTS.filter(_is_segment)
