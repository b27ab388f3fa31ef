from content import live
from content.live import Piece


def test_the_page_is_split_where_something_is_put_in() -> None:
    html = f"<p>One</p>\n{live.marker('practice', 'phone')}<p>Two</p>\n"
    assert list(live.pieces(html)) == [
        Piece(html="<p>One</p>\n"),
        Piece(template="content/practice/phone.html"),
        Piece(html="<p>Two</p>\n"),
    ]


def test_a_page_without_any_is_one_piece() -> None:
    assert list(live.pieces("<p>One</p>")) == [Piece(html="<p>One</p>")]
    assert list(live.pieces("")) == []
