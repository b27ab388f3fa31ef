from content.plain import Words, words


def test_headings_and_text_stand_apart_without_marks_and_numbers() -> None:
    html = '<h2 id="a">Why <em>me</em>?</h2><p>It <strong>rose</strong>s<sup><a href="#x">1</a></sup> &amp; fell.</p>'
    assert words(html) == Words(headings="Why me?", text="It roses & fell.")


def test_blocks_and_items_of_a_list_do_not_run_into_each_other() -> None:
    html = "<ul>\n<li>sick</li>\n<li>dizzy</li>\n</ul>\n<p>Call us.</p><p>Or</p><p>come</p>"
    assert words(html).text == "sick. dizzy. Call us. Or. come."


def test_drawings_say_nothing() -> None:
    html = "<svg><circle/></svg><figcaption><strong>53 of 100</strong> had it</figcaption>"
    assert words(html).text == "53 of 100 had it."


def test_a_fact_of_the_practice_counts_by_its_name() -> None:
    assert words('<p>By car.</p><div class="live-practice-parking"></div>') == Words(
        headings="parking.", text="By car."
    )


def test_nothing_looks_like_a_tag() -> None:
    assert words("<p>5 &lt; 6 &lt;script&gt; words</p>").text == "5 6 script words."
