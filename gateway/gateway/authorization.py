"""What must be known of a caller to see a field: `@authenticated`, `@requiresScopes` and `@policy` of the supergraph.

A field needs what it says itself, what its object type says and what the type that it returns says. An object that is
reached through an interface needs what its own type says. What composition wrote at an interface because its types say
so is left out, for it would ask for the needs of all of them at once.
(https://www.apollographql.com/docs/graphos/routing/security/authorization)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from graphql import (
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InterfaceTypeDefinitionNode,
    Node,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    get_named_type,
    is_introspection_type,
    value_from_ast_untyped,
)
from graphql.language import Visitor, visit

from gateway.features import Features
from gateway.policies import NO_POLICIES, Policies

Coordinate = tuple[str, str]
# One of these sets, the whole of it.
Alternatives = frozenset[frozenset[str]]
_Guardable = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode | EnumTypeDefinitionNode | ScalarTypeDefinitionNode


class Viewer:
    """Somebody who asks, as far as fields may depend on it. Without claims: somebody unknown."""

    __slots__ = ("_claims", "_policies", "_scopes")

    def __init__(self, claims: Mapping[str, Any] | None = None, policies: Policies = NO_POLICIES) -> None:
        self._claims = claims
        self._policies = policies
        self._scopes: frozenset[str] | None = None

    @property
    def is_known(self) -> bool:
        """Whether a token was sent and checked."""
        return self._claims is not None

    @property
    def scopes(self) -> frozenset[str]:
        """The words of the claim `scope` (RFC 9068) or `scp`, which some issuers write instead, also as a list."""
        if self._scopes is None:
            found: list[str] = []
            for name in ("scope", "scp"):
                given = (self._claims or {}).get(name)
                if isinstance(given, str):
                    found.extend(given.split())
                elif isinstance(given, list):
                    found.extend(each for each in given if isinstance(each, str))
            self._scopes = frozenset(found)
        return self._scopes

    def holds(self, policy: str) -> bool:
        """Whether a policy holds; none does for somebody unknown."""
        return self._claims is not None and self._policies.holds(policy, self._claims)


NOBODY = Viewer()


@dataclass(frozen=True, slots=True)
class Need:
    """What a caller needs. Everything must be fulfilled."""

    token: bool = False
    scopes: frozenset[Alternatives] = frozenset()
    policies: frozenset[Alternatives] = frozenset()

    def __bool__(self) -> bool:
        return self.token or bool(self.scopes) or bool(self.policies)

    def __or__(self, other: Need) -> Need:
        """Both needs together."""
        return Need(self.token or other.token, self.scopes | other.scopes, self.policies | other.policies)

    def allows(self, viewer: Viewer) -> bool:
        """Whether the viewer has all of it."""
        if not viewer.is_known:
            return not self
        return all(any(each <= viewer.scopes for each in some) for some in self.scopes) and all(
            any(all(map(viewer.holds, each)) for each in some) for some in self.policies
        )

    def words(self) -> str:
        """What is needed, for people."""
        parts = [_words("scope", some) for some in self.scopes] + [_words("policy", some) for some in self.policies]
        return " and ".join(sorted(parts)) or "a token"


def _words(what: str, alternatives: Alternatives) -> str:
    return " or ".join(f"the {what} " + " and ".join(sorted(each)) for each in sorted(alternatives, key=sorted))


NOTHING = Need()


@dataclass(frozen=True, slots=True)
class Guard:
    """Fields of a document that have the same need."""

    need: Need
    coordinates: frozenset[Coordinate]


class Access:
    """The needs of every field of a supergraph."""

    def __init__(self, document: DocumentNode, schema: GraphQLSchema, features: Features) -> None:
        """Read the needs; `schema` is the one that clients see."""
        self._schema = schema
        declared = _Declared(document, features)
        implied = _Implied(schema, declared)
        self._needs: dict[Coordinate, Need] = {}
        for owner in schema.type_map.values():
            if not isinstance(owner, GraphQLObjectType) or is_introspection_type(owner):
                continue
            for name, field in owner.fields.items():
                need = declared.types.get(owner.name, NOTHING) | declared.fields.get((owner.name, name), NOTHING)
                for interface in owner.interfaces:
                    need |= implied.of_type(interface)
                    if name in interface.fields:
                        need |= implied.of_field(interface, name)
                returned = get_named_type(field.type)
                if isinstance(returned, GraphQLInterfaceType):
                    need |= implied.of_type(returned)
                else:
                    need |= declared.types.get(returned.name, NOTHING)
                if need:
                    self._needs[(owner.name, name)] = need
        self.is_guarded = bool(self._needs)

    @property
    def policies(self) -> frozenset[str]:
        """The names of all policies that a field asks for."""
        return frozenset(
            name for need in self._needs.values() for some in need.policies for each in some for name in each
        )

    def need(self, coordinate: Coordinate) -> Need:
        """What a field of an object type needs."""
        return self._needs.get(coordinate, NOTHING)

    def guards(self, document: DocumentNode) -> tuple[Guard, ...]:
        """The needs that a validated document touches; fields of an abstract type are those of all its objects."""
        if not self.is_guarded:
            return ()
        info = TypeInfo(self._schema)
        asked = _Asked(info, self._schema)
        visit(document, TypeInfoVisitor(info, asked))
        found: dict[Need, set[Coordinate]] = {}
        for coordinate in asked.found:
            need = self._needs.get(coordinate)
            if need is not None:
                found.setdefault(need, set()).add(coordinate)
        return tuple(Guard(need, frozenset(coordinates)) for need, coordinates in found.items())


class _Asked(Visitor):
    """Collects the fields that a document asks of object types."""

    def __init__(self, info: TypeInfo, schema: GraphQLSchema) -> None:
        super().__init__()
        self._info = info
        self._schema = schema
        self.found: set[Coordinate] = set()

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        parent = self._info.get_parent_type()
        if isinstance(parent, GraphQLObjectType):
            self.found.add((parent.name, node.name.value))
        elif isinstance(parent, GraphQLInterfaceType | GraphQLUnionType):
            possible = self._schema.get_possible_types(parent)
            self.found.update((each.name, node.name.value) for each in possible)


class _Declared:
    """The needs as they stand in the file."""

    def __init__(self, document: DocumentNode, features: Features) -> None:
        self._names = {features.directive(each, each): each for each in ("authenticated", "requiresScopes", "policy")}
        self.types: dict[str, Need] = {}
        self.fields: dict[Coordinate, Need] = {}
        for node in document.definitions:
            if not isinstance(node, _Guardable):
                continue
            name = node.name.value
            if need := self._need(node):
                self.types[name] = need
            if isinstance(node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
                for field in node.fields or ():
                    if need := self._need(field):
                        self.fields[(name, field.name.value)] = need

    def _need(self, node: Node) -> Need:
        need = NOTHING
        for directive in getattr(node, "directives", None) or ():
            kind = self._names.get(directive.name.value)
            if kind is None:
                continue
            given = {each.name.value: value_from_ast_untyped(each.value) for each in directive.arguments or ()}
            if kind == "authenticated":
                need |= Need(token=True)
            elif kind == "requiresScopes":
                need |= Need(scopes=frozenset({_alternatives(given.get("scopes"))}))
            else:
                need |= Need(policies=frozenset({_alternatives(given.get("policies"))}))
        return need


def _alternatives(given: Any) -> Alternatives:
    """Without an alternative nobody fulfils the need."""
    rows = given if isinstance(given, list) else [given]
    return frozenset(frozenset(map(str, row if isinstance(row, list) else [row])) for row in rows if row is not None)


class _Implied:
    """What interfaces say of their own, beyond what composition wrote there because their types say so."""

    def __init__(self, schema: GraphQLSchema, declared: _Declared) -> None:
        self._schema = schema
        self._declared = declared

    def of_type(self, interface: GraphQLInterfaceType) -> Need:
        own = self._declared.types.get(interface.name, NOTHING)
        return own and _beyond(own, [self._declared.types.get(name, NOTHING) for name in self._types(interface)])

    def of_field(self, interface: GraphQLInterfaceType, field: str) -> Need:
        own = self._declared.fields.get((interface.name, field), NOTHING)
        return own and _beyond(
            own, [self._declared.fields.get((name, field), NOTHING) for name in self._types(interface)]
        )

    def _types(self, interface: GraphQLInterfaceType) -> list[str]:
        return [each.name for each in self._schema.get_possible_types(interface)]


def _beyond(own: Need, others: Iterable[Need]) -> Need:
    others = list(others)
    scopes = own.scopes - _composed([some for other in others for some in other.scopes])
    policies = own.policies - _composed([some for other in others for some in other.policies])
    return Need(own.token and not any(other.token for other in others), scopes, policies)


def _composed(parts: list[Alternatives]) -> frozenset[Alternatives]:
    """Each of the alternatives, and all of them as one: every way to take an alternative of each."""
    different = list(dict.fromkeys(parts))
    size = 1
    for part in different:
        size *= len(part)
    if size > 10_000:
        return frozenset(different)
    whole = frozenset(frozenset[str]().union(*each) for each in product(*different))
    return frozenset((*different, whole)) if different else frozenset()
