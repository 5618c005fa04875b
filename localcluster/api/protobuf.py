"""Bodies in Kubernetes' protobuf, as `kubectl create` sends them, read into what JSON says.

The types of the fields come from `localcluster.objects.schema`, their numbers from
`localcluster.api.fieldnumbers`; the descriptors are made from both when the first such body arrives. Go
writes every field that is no pointer, also when it is empty: the decoder drops what is empty afterwards.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from localcluster.api.fieldnumbers import table
from localcluster.errors import BadRequest, UnsupportedMediaType
from localcluster.objects import schema
from localcluster.objects.custom import definitions
from localcluster.objects.schema import Type
from localcluster.storage.resources import SERVED
from localcluster.types import Object

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import DescriptorProto
    from google.protobuf.message import Message

_MAGIC = b"k8s\x00"
_PACKAGE = "localcluster"
_EMBEDDED = "embedded_"
# Sent as bodies, but no kinds with a path of their own.
_OTHER_ROOTS = ("V1DeleteOptions", "AuthenticationV1TokenRequest", "V1Eviction")
# What is one value in JSON and a message here (`generated.proto` of meta/v1, api/resource and util/intstr;
# `runtime.Unknown` is the envelope of every body).
_MESSAGES: dict[str, dict[str, tuple[int, str]]] = {
    "time": {"seconds": (1, "int64"), "nanos": (2, "int32")},
    "quantity": {"string": (1, "string")},
    "either": {"type": (1, "int64"), "intVal": (2, "int32"), "strVal": (3, "string")},
    "any": {"Raw": (1, "bytes")},
    "TypeMeta": {"apiVersion": (1, "string"), "kind": (2, "string")},
    "Unknown": {
        "typeMeta": (1, "TypeMeta"),
        "raw": (2, "bytes"),
        "contentEncoding": (3, "string"),
        "contentType": (4, "string"),
    },
}
_SCALARS = {"string": "TYPE_STRING", "bytes": "TYPE_BYTES", "bool": "TYPE_BOOL"}
_SCALARS |= {"int32": "TYPE_INT32", "int64": "TYPE_INT64"}


def parse(raw: bytes, model: str) -> Object:
    """The object in a body, read with a model; of an object of another kind only what kind it is.

    Raises:
        BadRequest: It is not Kubernetes' protobuf, or is malformed.
        UnsupportedMediaType: It has a field whose number is not known here.
    """
    from google.protobuf.message import DecodeError  # noqa: PLC0415 - memory for those who send it

    if not raw.startswith(_MAGIC):
        expected = " ".join(str(byte) for byte in _MAGIC)
        raise BadRequest(
            f"provided data does not appear to be a protobuf message, expected prefix [{expected}]"
        )
    try:
        envelope: Any = _read("Unknown", raw.removeprefix(_MAGIC))
        about = {"apiVersion": envelope.typeMeta.apiVersion, "kind": envelope.typeMeta.kind}
        if envelope.contentEncoding:
            raise BadRequest(f"the content encoding {envelope.contentEncoding!r} cannot be read")
        if about["kind"] not in ("", schema.root(model).struct):
            return about
        return about | _struct(_read(model, envelope.raw), model)
    except (DecodeError, UnicodeDecodeError, ValueError, OverflowError) as error:
        raise BadRequest(f"the protobuf body cannot be read: {error}") from error


def _read(name: str, raw: bytes) -> Message:
    message = _messages()[f"{_PACKAGE}.{name}"]()
    message.ParseFromString(raw)
    return message


# -- from messages to what JSON says


def _struct(message: Message, model: str) -> Object:
    _refuse_unknown(message, model)
    known, found = schema.fields(model), {}
    for descriptor, value in message.ListFields():
        name = descriptor.name
        if name.startswith(_EMBEDDED):
            found.update(_struct(value, model))
        else:
            found[name] = _value(value, known[name].type)
    return found


def _value(value: Any, kind: Type) -> Any:
    if kind.shape == "list":
        return [_value(item, kind.element) for item in value]
    if kind.shape == "map":
        return {key: _value(item, kind.element) for key, item in sorted(value.items())}
    if kind.shape == "struct":
        return _struct(value, kind.model)
    if kind.shape == "bytes":
        return base64.b64encode(value).decode()
    return _special(value, kind) if kind.shape in _MESSAGES else value


def _special(message: Any, kind: Type) -> Any:
    if kind.shape == "either":
        return message.strVal if message.type else message.intVal
    if kind.shape == "quantity":
        return message.string
    if message.ByteSize():
        raise ValueError(f"a {kind.shape} that is set is not read here; send JSON")
    return None  # Go's zero time, which it writes as an empty message


def _refuse_unknown(message: Message, model: str) -> None:
    from google.protobuf.unknown_fields import UnknownFieldSet  # noqa: PLC0415 - see parse

    # An empty one says nothing: newer clients write the fields they do not use, too.
    unknown = UnknownFieldSet(message)
    fields = (unknown[index] for index in range(len(unknown)))
    numbers = [field.field_number for field in fields if field.data not in (0, b"")]
    if numbers:
        raise UnsupportedMediaType(
            f"the local cluster does not know field {numbers[0]} of the protobuf message "
            f"{schema.root(model).struct}; send JSON, as kubectl does after: "
            "kubectl create ... --dry-run=client -o yaml | kubectl apply -f -"
        )


# -- descriptors


@cache
def _messages() -> dict[str, type[Message]]:
    """The message classes by their full names."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory  # noqa: PLC0415 - see parse

    # Editions know whether a field was sent, as Kubernetes' proto2 does, and insist on UTF-8.
    file = descriptor_pb2.FileDescriptorProto(
        name=f"{_PACKAGE}.proto", package=_PACKAGE, syntax="editions", edition=descriptor_pb2.EDITION_2023
    )
    for name, fields in _MESSAGES.items():
        made = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            _add(made, field, number, kind)
    for model in _reachable():
        _describe(file.message_type.add(name=model), model)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClassesForFiles([file.name], pool)


def _reachable() -> Iterator[str]:
    """The models of all that can be sent, and of their parts."""
    seen = {one.model for one in SERVED if not definitions.is_custom(one.kind)}.union(_OTHER_ROOTS)
    waiting = sorted(seen)
    while waiting:
        model = waiting.pop()
        yield model
        numbered = _names(_numbers(model))
        parts = {_leaf(f.type).model for name, f in schema.fields(model).items() if name in numbered}
        waiting += sorted(part for part in parts - seen if part)
        seen |= parts


def _names(numbers: dict[int, str]) -> set[str]:
    plain = {name for name in numbers.values() if not name.startswith("@")}
    return plain.union(*(_names(table()[name[1:]]) for name in numbers.values() if name.startswith("@")))


def _leaf(kind: Type) -> Type:
    return kind if kind.item is None else _leaf(kind.item)


def _numbers(model: str) -> dict[int, str]:
    return table().get(model.removeprefix("V1"), {})


def _describe(message: DescriptorProto, model: str, numbers: dict[int, str] | None = None) -> None:
    known = schema.fields(model)
    for number, name in (_numbers(model) if numbers is None else numbers).items():
        if name.startswith("@"):
            part = message.nested_type.add(name=name[1:])
            _describe(part, model, table()[name[1:]])
            _add(message, f"{_EMBEDDED}{part.name}", number, f"{model}.{part.name}")
        elif name in known:
            _add_typed(message, name, number, known[name].type, model)


def _add_typed(message: DescriptorProto, name: str, number: int, kind: Type, path: str) -> None:
    if kind.shape != "map":
        item = kind.element if kind.shape == "list" else kind
        _add(message, name, number, item.model or item.shape, repeated=kind.shape == "list")
        return
    # A map is a list of entries, whose message must be called like this.
    entry = message.nested_type.add(name=f"{name[0].upper()}{name[1:]}Entry")
    entry.options.map_entry = True
    _add(entry, "key", 1, "string")
    _add(entry, "value", 2, kind.element.model or kind.element.shape)
    _add(message, name, number, f"{path}.{entry.name}", repeated=True)


def _add(message: DescriptorProto, name: str, number: int, kind: str, *, repeated: bool = False) -> None:
    field = message.field.add(name=name, number=number)
    field.label = field.LABEL_REPEATED if repeated else field.LABEL_OPTIONAL
    if kind in _SCALARS:
        field.type = getattr(field, _SCALARS[kind])
    else:
        field.type, field.type_name = field.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"
