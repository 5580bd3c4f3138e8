import pytest

from gateway.field_set import parse_field_set, show, union


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("id", "id"),
        ("id organization { id   region }", "id organization { id region }"),
        ('price(currency: "USD")', 'price(currency: "USD")'),
        ("media { ... on Book { id } ... on Film { length } }", "media { ... on Book { id } ... on Film { length } }"),
        ("... on Book { title }", "... on Book { title }"),
        ("", ""),
    ],
)
def test_field_sets_are_shown_as_they_are_read(text: str, shown: str) -> None:
    assert show(parse_field_set(text)) == shown
    assert parse_field_set(show(parse_field_set(text))) == parse_field_set(text)


def test_union_has_every_field_once() -> None:
    assert show(union(parse_field_set("id name"), parse_field_set("name age"))) == "id name age"
