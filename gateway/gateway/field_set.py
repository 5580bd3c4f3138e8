"""Field sets: the selections written in `@key`, `@requires` and `@provides`."""

from __future__ import annotations

from dataclasses import dataclass

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    print_ast,
)


@dataclass(frozen=True, slots=True)
class Selected:
    """One field of a field set. `on` are the type conditions around it; the innermost stands last."""

    name: str
    arguments: str
    children: tuple[Selected, ...] = ()
    on: tuple[str, ...] = ()

    def __str__(self) -> str:
        text = self.name + self.arguments
        if self.children:
            text += f" {{ {show(self.children)} }}"
        for condition in reversed(self.on):
            text = f"... on {condition} {{ {text} }}"
        return text


FieldSet = tuple[Selected, ...]


def show(fields: FieldSet) -> str:
    """The field set as GraphQL text."""
    return " ".join(map(str, fields))


def union(first: FieldSet, second: FieldSet) -> FieldSet:
    """Both field sets as one; fields in both stand once."""
    return tuple(dict.fromkeys((*first, *second)))


def parse_field_set(text: str | None) -> FieldSet:
    """Read the text of a federation directive; nothing gives the empty field set."""
    if not text or not text.strip():
        return ()
    definition = parse("{" + text + "}", no_location=True).definitions[0]
    assert isinstance(definition, OperationDefinitionNode)
    return tuple(_selected(definition.selection_set, ()))


def _selected(selections: SelectionSetNode, on: tuple[str, ...]) -> list[Selected]:
    found: list[Selected] = []
    for node in selections.selections:
        if isinstance(node, FieldNode):
            children = tuple(_selected(node.selection_set, ())) if node.selection_set else ()
            found.append(Selected(node.name.value, arguments_text(node), children, on))
        elif isinstance(node, InlineFragmentNode):
            condition = (node.type_condition.name.value,) if node.type_condition else ()
            found.extend(_selected(node.selection_set, on + condition))
        else:
            assert not isinstance(node, FragmentDefinitionNode)
    return found


def arguments_text(node: FieldNode) -> str:
    """The arguments of a field as they stand in a query, `""` when there are none."""
    if not node.arguments:
        return ""
    return "(" + ", ".join(print_ast(argument) for argument in node.arguments) + ")"
