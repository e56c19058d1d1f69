"""Pictures for the documentation: PNG files of 256 colours, a third of their size and as good to the eye."""

from __future__ import annotations

import base64
import struct
import zlib

from playwright.sync_api import Page

__all__ = ["small_png"]

# The 200 colours that occur most, and 56 that are least like them (a small green light must not turn grey); every other
# one, the edges of letters mostly, becomes the nearest of these.
REDUCE = """async (picture) => {
  const bytes = Uint8Array.from(atob(picture), (sign) => sign.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(width, height).getContext("2d");
  canvas.drawImage(bitmap, 0, 0);
  const pixels = new Uint32Array(canvas.getImageData(0, 0, width, height).data.buffer);
  const counts = new Map();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const parts = (colour) => [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255];
  const distance = ([r, g, b], [x, y, z]) => (x - r) ** 2 + (y - g) ** 2 + (z - b) ** 2;
  const common = [...counts].sort((a, b) => b[1] - a[1]).map(([colour]) => parts(colour));
  const known = common.slice(0, 200);
  const nearest = (colour) => Math.min(...known.map((one) => distance(one, colour)));
  const rest = common.slice(200, 4000).map((colour) => ({ colour, far: nearest(colour) }));
  while (known.length < 256 && rest.length) {
    const next = rest.reduce((a, b) => (b.far > a.far ? b : a)).colour;
    known.push(next);
    for (const one of rest) one.far = Math.min(one.far, distance(one.colour, next));
  }
  const index = new Map();
  for (const colour of counts.keys()) {
    const here = parts(colour);
    let best = 0, least = Infinity;
    known.forEach((one, at) => {
      const far = distance(one, here);
      if (far < least) [best, least] = [at, far];
    });
    index.set(colour, best);
  }
  const rows = Uint8Array.from(pixels, (pixel) => index.get(pixel));
  let text = "";
  for (let at = 0; at < rows.length; at += 32768) text += String.fromCharCode(...rows.subarray(at, at + 32768));
  return { width, height, palette: known.flat(), rows: btoa(text) };
}"""


def small_png(page: Page, picture: bytes) -> bytes:
    """The PNG `picture` with a palette. The browser of `page` reads it, on an empty page of its own.

    https://www.w3.org/TR/png-3/
    """
    reader = page.context.new_page()
    reduced = reader.evaluate(REDUCE, base64.b64encode(picture).decode())
    reader.close()
    width, height = reduced["width"], reduced["height"]
    pixels = base64.b64decode(reduced["rows"])
    lines = b"".join(b"\0" + pixels[at : at + width] for at in range(0, width * height, width))
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"PLTE", bytes(reduced["palette"])),
        (b"IDAT", zlib.compress(lines, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
