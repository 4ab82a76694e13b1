"""Markdown where models depart from CommonMark, or pages do."""

import pytest

from solver.text.rendering import render


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a\nb", "<p>a<br>\nb</p>\n"),
        ("3*4*5 and 2**10 = 1024", "<p>3*4*5 and 2**10 = 1024</p>\n"),
        ("*a* **b** _c_ ~~d~~", "<p><em>a</em> <strong>b</strong> <em>c</em> <s>d</s></p>\n"),
        ("**第一步：**设", "<p><strong>第一步：</strong>设</p>\n"),
        ("这是**重点**内容", "<p>这是<strong>重点</strong>内容</p>\n"),
        ("[[[[1, 2]]]] " + "[" * 9, f"<p>[[[[1, 2]]]] {'[' * 9}</p>\n"),
        ("snake_case_name", "<p>snake_case_name</p>\n"),
        ("# A\n## B\n### C\n#### D", "<h4>A</h4>\n<h5>B</h5>\n<h6>C</h6>\n<h6>D</h6>\n"),
        ("12\n34\n---\n46", "<p>12<br>\n34</p>\n<hr>\n<p>46</p>\n"),
        ("    indented", "<p>indented</p>\n"),
        ("3. c\n4. d", '<ol start="3">\n<li>c</li>\n<li>d</li>\n</ol>\n'),
        ("<b>x</b> &amp; &lt;", "<p>&lt;b&gt;x&lt;/b&gt; &amp; &lt;</p>\n"),
        (
            "[x](https://a.example)",
            '<p><a href="https://a.example" rel="nofollow noopener noreferrer">x</a></p>\n',
        ),
        (
            "![a *b*](https://a.example/c)",
            '<p><a href="https://a.example/c" rel="nofollow noopener noreferrer">a *b*</a></p>\n',
        ),
        ("![a](b.png)", "<p>![a](b.png)</p>\n"),
        ("[a](b.html)", "<p>[a](b.html)</p>\n"),
        (
            "|a|b|\n|:-:|-|\n|1|2|",
            '<div class="table-scroll" tabindex="0"><table>\n<thead>\n<tr>\n'
            '<th class="center">a</th>\n'
            "<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n"
            '<td class="center">1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table></div>\n',
        ),
        (
            "```py\nx\n```",
            '<figure class="code"><figcaption>Python</figcaption><pre tabindex="0"><code>'
            '<span class="n">x</span>\n</code></pre></figure>\n',
        ),
        ("`$x$ <b>`", "<p><code>$x$ &lt;b&gt;</code></p>\n"),
        ("$\\nonsense_a *b* c$", '<p><code class="tex">$\\nonsense_a *b* c$</code></p>\n'),
    ],
)
def test_markdown(text, html):
    assert render(text) == html


def test_display_maths_needs_no_line_breaks():
    html = render("so\n$$x$$\nthen")
    assert "<br>" not in html
    assert '<span class="maths maths-display" tabindex="0"><math display="block">' in html
