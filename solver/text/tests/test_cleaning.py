"""The last gate, tried without the renderer before it."""

import pytest

from solver.text.cleaning import clean
from solver.text.tests.reading import Page


@pytest.mark.parametrize(
    "html",
    [
        "<script>x</script><p onclick=x style='color:red' id=top class='evil'>y</p>",
        "<a href='javascript:x'>y</a><a href=/here>z</a><img src=x><iframe></iframe><form></form>",
        "<span tabindex=5 class='k maths evil' role=alert>x</span>",
        "<math><annotation-xml encoding='text/html'><img src=x onerror=y></annotation-xml></math>",
        "<math href=javascript:x><mi xlink:href=javascript:x>y</mi><maction>z</maction></math>",
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img onerror=x&gt;'>",
        "<form><math><mtext></form><form><mglyph><style></math><img src onerror=x>",
        "<svg><desc><b>x</b></desc></svg><template><b>x</b></template>",
    ],
)
def test_clean_leaves_nothing_active(html):
    assert Page(clean(html)).faults == []


def test_clean_keeps_known_classes_only():
    assert clean('<span class="k evil">x</span>') == '<span class="k">x</span>'
