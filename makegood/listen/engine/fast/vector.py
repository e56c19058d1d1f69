"""Many bytes at a time: the steps that are written for the processor's wide registers."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

__all__ = ["WIDTH", "after_quote", "eight", "key_ends", "letters_in", "lowest", "odd_in", "until_quote"]

WIDTH = 64

_BYTES = ir.VectorType(ir.IntType(8), WIDTH)
_BITS = ir.IntType(WIDTH)
_NO = ir.Constant(ir.IntType(1), 0)


def _load(context: Any, builder: Any, array_type: Any, array: Any, place: Any) -> Any:
    """The bytes of an array from `place` on."""
    data = context.make_array(array_type)(context, builder, array).data
    return builder.load(builder.bitcast(builder.gep(data, [place]), _BYTES.as_pointer()), align=1)


def _is(builder: Any, sign: str, found: Any, code: int) -> Any:
    return builder.icmp_unsigned(sign, found, ir.Constant(_BYTES, [code] * WIDTH))


def _key_ends(_: Any, data: Any, place: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        here = _load(context, builder, signature.args[0], *arguments)
        after = builder.add(arguments[1], ir.Constant(arguments[1].type, 1))
        following = _load(context, builder, signature.args[0], arguments[0], after)
        follows = builder.or_(_is(builder, "==", following, ord(":")), _is(builder, "<=", following, ord(" ")))
        return builder.bitcast(builder.and_(_is(builder, "==", here, ord('"')), follows), _BITS)

    return types.uint64(data, place), generate


def _until_quote(_: Any, data: Any, place: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        found = _load(context, builder, signature.args[0], *arguments)
        marks = builder.or_(_is(builder, "==", found, ord('"')), _is(builder, "==", found, ord("\\")))
        return builder.cttz(builder.bitcast(marks, _BITS), _NO)

    return types.int64(data, place), generate


def _after_quote(_: Any, data: Any, place: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        before = builder.sub(arguments[1], ir.Constant(arguments[1].type, WIDTH))
        found = _load(context, builder, signature.args[0], arguments[0], before)
        marks = builder.or_(_is(builder, "==", found, ord('"')), _is(builder, "==", found, ord("\\")))
        return builder.ctlz(builder.bitcast(marks, _BITS), _NO)

    return types.int64(data, place), generate


def _letters_in(_: Any, data: Any, place: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        found = _load(context, builder, signature.args[0], *arguments)
        small = builder.or_(found, ir.Constant(_BYTES, [0x20] * WIDTH))
        letter = _is(builder, "<=", builder.sub(small, ir.Constant(_BYTES, [ord("a")] * WIDTH)), 25)
        digit = _is(builder, "<=", builder.sub(found, ir.Constant(_BYTES, [ord("0")] * WIDTH)), 9)
        return builder.bitcast(builder.or_(letter, digit), _BITS)

    return types.uint64(data, place), generate


def _odd_in(_: Any, data: Any, place: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        found = _load(context, builder, signature.args[0], *arguments)
        odd = builder.or_(_is(builder, ">=", found, 0x7F), _is(builder, "<", found, 0x20))
        for sign in ':#"\\':
            odd = builder.or_(odd, _is(builder, "==", found, ord(sign)))
        return builder.bitcast(odd, _BITS)

    return types.uint64(data, place), generate


def _eight(_: Any, data: Any, place: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        number = ir.IntType(64)
        return builder.load(builder.bitcast(builder.gep(array.data, [arguments[1]]), number.as_pointer()), align=1)

    return types.uint64(data, place), generate


def _lowest(_: Any, bits: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], _NO)

    return types.int64(bits), generate


key_ends = intrinsic(_key_ends)
"""`key_ends(data, place)`: which of the 64 bytes from `place` on are a quotation mark before a colon or before blank
space: one bit each, the first byte the lowest. The caller sees to it that 65 bytes are inside the array.
"""
until_quote = intrinsic(_until_quote)
"""`until_quote(data, place)`: how many of the 64 bytes from `place` on come before the first quotation mark or
backslash. The caller sees to it that all of them are inside the array.
"""
after_quote = intrinsic(_after_quote)
"""`after_quote(data, place)`: how many bytes stand between `place` and the last quotation mark or backslash in the 64
bytes before it; 64 for none. The caller sees to it that all of them are inside the array.
"""
letters_in = intrinsic(_letters_in)
"""`letters_in(data, place)`: which of the 64 bytes from `place` on are an ASCII letter or digit, as bits."""
odd_in = intrinsic(_odd_in)
"""`odd_in(data, place)`: which of them take a closer look: what is not ASCII, controls, and any of `:#"` and backslash.
"""
eight = intrinsic(_eight)
"""`eight(data, place)`: the eight bytes from `place` on as one number, the first the lowest (on machines that are
little-endian; on others a hash is another one, everywhere).
"""
lowest = intrinsic(_lowest)
"""`lowest(bits)`: the number of the lowest bit that is set in a uint64; 64 for none."""
