# SPDX-License-Identifier: Apache-2.0
"""Bars by cairo, the library that `yoke plot` draws with, as SVG and PNG."""
import ctypes
import ctypes.util

WIDTH, ROW, LEFT, RIGHT, TOP, BOTTOM = 760, 40, 110, 60, 64, 40
COLOURS = [(0.13, 0.35, 0.60), (0.55, 0.72, 0.88), (0.85, 0.55, 0.20)]


class Canvas:
    """A cairo context: numbers are passed as doubles."""

    def __init__(self, cairo, surface):
        cairo.cairo_create.restype = ctypes.c_void_p
        self.cairo, self.context = cairo, ctypes.c_void_p(cairo.cairo_create(surface))

    def call(self, name, *numbers):
        getattr(self.cairo, "cairo_" + name)(self.context, *map(ctypes.c_double, numbers))

    def rectangle(self, colour, x, y, width, height):
        self.call("set_source_rgb", *colour)
        self.call("rectangle", x, y, width, height)
        self.call("fill")

    def text(self, x, y, size, text, align=0):
        """align: 0 begins at x, 1 ends there, 0.5 is around it."""
        extents = (ctypes.c_double * 6)()
        self.call("set_source_rgb", 0.1, 0.1, 0.1)
        self.call("set_font_size", size)
        self.cairo.cairo_text_extents(self.context, text.encode(), extents)
        self.call("move_to", x - align * extents[4], y)
        self.cairo.cairo_show_text(self.context, text.encode())


def paint(canvas, height, title, groups):
    names = list(dict.fromkeys(name for values in groups.values() for name in values))
    most = max(1.2, 1.05 * max(max(values.values()) for values in groups.values()))
    scale = (WIDTH - LEFT - RIGHT) / most
    canvas.rectangle((1, 1, 1), 0, 0, WIDTH, height)
    canvas.cairo.cairo_select_font_face(canvas.context, b"sans-serif", 0, 0)
    canvas.text(LEFT, 24, 15, title)
    for i, group in enumerate(groups):
        canvas.rectangle(COLOURS[i % len(COLOURS)], LEFT + 110 * i, 38, 12, 12)
        canvas.text(LEFT + 110 * i + 18, 49, 12, group)
    tick = 0.5
    for k in range(int(most / tick) + 1):
        x = LEFT + k * tick * scale
        canvas.rectangle((0.85, 0.85, 0.85), x, TOP, 1, height - TOP - BOTTOM)
        canvas.text(x, height - BOTTOM + 18, 12, f"{k * tick:g}", 0.5)
    for row, name in enumerate(names):
        y = TOP + row * ROW
        thick = (ROW - 12) / len(groups)
        canvas.text(LEFT - 8, y + ROW / 2 + 4, 13, name, 1)
        for i, values in enumerate(groups.values()):
            if name not in values:
                continue
            canvas.rectangle(COLOURS[i % len(COLOURS)], LEFT, y + 6 + i * thick, values[name] * scale, thick - 2)
            canvas.text(LEFT + values[name] * scale + 5, y + 4 + (i + 1) * thick - 1, 11, f"{values[name]:.2f}")
    canvas.rectangle((0.75, 0.1, 0.1), LEFT + scale, TOP, 1.5, height - TOP - BOTTOM)


def draw(path, title, groups):
    """groups: {legend: {name: value}}; writes path.svg and path.png, or says that there is no cairo."""
    library = ctypes.util.find_library("cairo")
    if not library:
        print("no cairo: no picture")
        return
    cairo = ctypes.CDLL(library)
    rows = len(dict.fromkeys(name for values in groups.values() for name in values))
    height = TOP + rows * ROW + BOTTOM
    for kind in "svg", "png":
        file = f"{path}.{kind}".encode()
        create = cairo.cairo_svg_surface_create if kind == "svg" else cairo.cairo_image_surface_create
        create.restype = ctypes.c_void_p
        if kind == "svg":
            surface = ctypes.c_void_p(create(file, ctypes.c_double(WIDTH), ctypes.c_double(height)))
        else:
            surface = ctypes.c_void_p(create(0, 2 * WIDTH, 2 * height))
        canvas = Canvas(cairo, surface)
        if kind == "png":
            canvas.call("scale", 2, 2)
        paint(canvas, height, title, groups)
        cairo.cairo_destroy(canvas.context)
        if kind == "png":
            cairo.cairo_surface_write_to_png(surface, file)
        cairo.cairo_surface_finish(surface)
        cairo.cairo_surface_destroy(surface)
