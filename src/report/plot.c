/* SPDX-License-Identifier: Apache-2.0 */
/* Drawing. Lengths are points (1/72 inch); a PNG has 180 pixels an inch. Colours are those of Okabe and Ito, which
 * people with any colour vision tell apart; train and dev differ by their dashes or marks as well. */
#include "report/plot.h"

#include <string.h>

#include "core/error.h"
#include "core/num.h"
#include "report/series.h"

typedef enum file_format { FORMAT_NONE, FORMAT_SVG, FORMAT_PNG } file_format;

static file_format format_of(const char *file)
{
    const size_t n = strlen(file);
    if (n > 4 && strcmp(file + n - 4, ".svg") == 0)
        return FORMAT_SVG;
    if (n > 4 && strcmp(file + n - 4, ".png") == 0)
        return FORMAT_PNG;
    return FORMAT_NONE;
}

static yk_status draw(const yk_figure *f, int n, const yk_history *h, file_format format, const char *file);

yk_status yk_plot(int n, const yk_history *history, const yk_plot_opts *opts, const char *file)
{
    yk_figure f;
    const file_format format = format_of(file);
    YK_CHECK(format != FORMAT_NONE, YK_ERR_ARG, "%s: a plot is written as FILE.svg or FILE.png", file);
    YK_TRY(yk_figure_make(&f, n, history, opts));
    yk_status status = draw(&f, n, history, format, file);
    yk_figure_free(&f);
    return status;
}

#ifndef YK_HAVE_CAIRO

static yk_status draw(const yk_figure *f, int n, const yk_history *h, file_format format, const char *file)
{
    (void)f, (void)n, (void)h, (void)format;
    YK_FAIL(
        YK_ERR_ARG,
        "%s: this yoke was built without cairo; install it (libcairo2-dev, cairo-devel, or module load cairo), then "
        "configure and build again",
        file);
}

#else

#include <cairo-svg.h>
#include <cairo.h>
#include <stdio.h>

#define PIXELS_PER_POINT 2.5
#define TAU 6.283185307179586

enum {
    PANEL_W = 300,
    PANEL_H = 190,
    LEFT = 50,
    RIGHT = 14,
    TOP = 26,
    BOTTOM = 38,
    EDGE = 8,
    FONT = 10,
    LEGEND_H = 17,
    SAMPLE = 26, /* of a line, in the legend */
    MARKS_MAX = 25
};

static const double palette[][3] = {
    { 0.000, 0.447, 0.698 }, { 0.835, 0.369, 0.000 }, { 0.000, 0.620, 0.451 }, { 0.800, 0.475, 0.655 },
    { 0.902, 0.624, 0.000 }, { 0.337, 0.706, 0.914 }, { 0.250, 0.250, 0.250 },
};
enum { COLOURS = sizeof palette / sizeof palette[0] };

/* One run: train and dev have a colour each. Several: each run has one, and train is dashed. */
static void set_style(cairo_t *c, bool several, int run, bool dev, bool faint)
{
    static const double dash[] = { 4, 2.5 };
    const double *rgb = palette[several ? run % COLOURS : dev];
    cairo_set_source_rgba(c, rgb[0], rgb[1], rgb[2], faint ? 0.22 : 1);
    cairo_set_line_width(c, faint ? 0.8 : 1.5);
    cairo_set_dash(c, dash, several && !dev && !faint ? 2 : 0, 0);
}

typedef enum anchor { ALIGN_LEFT, ALIGN_CENTRE, ALIGN_RIGHT } anchor;

static void text_at(cairo_t *c, double x, double y, anchor align, const char *text)
{
    cairo_text_extents_t e;
    cairo_text_extents(c, text, &e);
    cairo_move_to(c, x - (align == ALIGN_CENTRE ? e.x_advance / 2 : align == ALIGN_RIGHT ? e.x_advance : 0), y);
    cairo_show_text(c, text);
}

static double width_of(cairo_t *c, const char *text)
{
    cairo_text_extents_t e;
    cairo_text_extents(c, text, &e);
    return e.x_advance;
}

static void set_ink(cairo_t *c, double grey, double width)
{
    cairo_set_source_rgb(c, grey, grey, grey);
    cairo_set_line_width(c, width);
    cairo_set_dash(c, NULL, 0, 0);
}

static void line(cairo_t *c, double x0, double y0, double x1, double y1)
{
    cairo_move_to(c, x0, y0);
    cairo_line_to(c, x1, y1);
    cairo_stroke(c);
}

static double x_of(const yk_panel *p, double v)
{
    return PANEL_W * yk_axis_at(&p->x, v);
}

static double y_of(const yk_panel *p, double v)
{
    return PANEL_H * (1 - yk_axis_at(&p->y, v));
}

static void draw_axes(cairo_t *c, const yk_figure *f, const yk_panel *p)
{
    for (int i = 0; i < p->y.n; i++) {
        const double y = y_of(p, p->y.tick[i]);
        set_ink(c, 0.90, 0.6);
        line(c, 0, y, PANEL_W, y);
        set_ink(c, 0.25, 0.8);
        line(c, -3, y, 0, y);
        text_at(c, -6, y + 0.35 * FONT, ALIGN_RIGHT, p->y.label[i]);
    }
    for (int i = 0; i < p->x.n; i++) {
        const double x = x_of(p, p->x.tick[i]);
        set_ink(c, 0.25, 0.8);
        line(c, x, PANEL_H, x, PANEL_H + 3);
        text_at(c, x, PANEL_H + 5 + FONT, ALIGN_CENTRE, p->x.label[i]);
    }
    set_ink(c, 0.25, 0.8);
    line(c, 0, 0, 0, PANEL_H);
    line(c, 0, PANEL_H, PANEL_W, PANEL_H);
    text_at(c, PANEL_W / 2.0, PANEL_H + BOTTOM - 6, ALIGN_CENTRE, f->is_curve ? "training samples" : "step");
    cairo_select_font_face(c, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD);
    text_at(c, 0, -9, ALIGN_LEFT, p->title);
    cairo_select_font_face(c, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
}

static void draw_series(cairo_t *c, const yk_panel *p, const yk_series *s, bool several)
{
    set_style(c, several, s->run, s->dev, s->faint);
    for (int64_t i = 0; i < s->n; i++)
        cairo_line_to(c, x_of(p, s->x[i]), y_of(p, s->y[i]));
    cairo_stroke(c);
    const int64_t every = yk_div_up(s->n, MARKS_MAX); /* of many points, some are marked */
    for (int64_t i = s->n - 1; i >= 0 && !s->faint && (s->dev || s->n == 1); i -= every) {
        cairo_arc(c, x_of(p, s->x[i]), y_of(p, s->y[i]), 2.2, 0, TAU);
        cairo_fill(c);
    }
}

static void draw_panel(cairo_t *c, const yk_figure *f, const yk_panel *p, bool several)
{
    draw_axes(c, f, p);
    cairo_save(c);
    cairo_rectangle(c, 0, -2, PANEL_W + 3, PANEL_H + 2);
    cairo_clip(c);
    for (int i = 0; i < p->n; i++)
        draw_series(c, p, &p->series[i], several);
    cairo_restore(c);
}

/* --- the legend: one entry after the other, on as many lines as they take */

typedef struct pen {
    cairo_t *c;
    double x, y, width;
    bool draws; /* or only measures */
} pen;

static void legend_entry(pen *p, bool several, int run, bool dev, const char *text)
{
    const double width = SAMPLE + 6 + width_of(p->c, text) + 18;
    if (p->x > 0 && p->x + width - 18 > p->width) {
        p->x = 0;
        p->y += LEGEND_H;
    }
    if (p->draws) {
        set_style(p->c, several, run, dev, false);
        line(p->c, p->x, p->y, p->x + SAMPLE, p->y);
        if (dev) {
            cairo_arc(p->c, p->x + SAMPLE / 2.0, p->y, 2.2, 0, TAU);
            cairo_fill(p->c);
        }
        set_ink(p->c, 0.1, 1);
        text_at(p->c, p->x + SAMPLE + 6, p->y + 0.35 * FONT, ALIGN_LEFT, text);
    }
    p->x += width;
}

/* Returns its height. */
static double draw_legend(cairo_t *c, const yk_figure *f, int n, const yk_history *h, double width, bool draws)
{
    pen p = { .c = c, .width = width, .draws = draws };
    const bool several = n > 1;
    for (int i = 0; i < n; i++)
        for (int dev = 0; dev <= f->any_dev; dev++) {
            char text[YK_PATH_MAX + 16];
            snprintf(text, sizeof text, "%s%s%s", several ? h[i].path : "", several ? " " : "", dev ? "dev" : "train");
            legend_entry(&p, several, i, dev, text);
        }
    return p.y + LEGEND_H;
}

/* --- the page */

typedef struct sheet {
    int columns, rows;
    double width, height, legend;
} sheet;

static sheet lay_out(const yk_figure *f, int n, const yk_history *h)
{
    sheet p = { .columns = f->n <= 3 ? f->n : 2 };
    p.rows = (f->n + p.columns - 1) / p.columns;
    p.width = 2 * EDGE + p.columns * (LEFT + PANEL_W + RIGHT);
    cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1);
    cairo_t *c = cairo_create(s);
    cairo_set_font_size(c, FONT);
    p.legend = draw_legend(c, f, n, h, p.width - 2 * EDGE - LEFT - RIGHT, false);
    cairo_destroy(c);
    cairo_surface_destroy(s);
    p.height = 2 * EDGE + p.legend + p.rows * (TOP + PANEL_H + BOTTOM);
    return p;
}

static void draw_page(cairo_t *c, const sheet *page, const yk_figure *f, int n, const yk_history *h)
{
    cairo_set_source_rgb(c, 1, 1, 1);
    cairo_paint(c);
    cairo_select_font_face(c, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(c, FONT);
    cairo_set_line_join(c, CAIRO_LINE_JOIN_ROUND);
    cairo_save(c);
    cairo_translate(c, EDGE + LEFT, EDGE + LEGEND_H / 2.0);
    draw_legend(c, f, n, h, page->width - 2 * EDGE - LEFT - RIGHT, true);
    cairo_restore(c);
    for (int i = 0; i < f->n; i++) {
        cairo_save(c);
        cairo_translate(c, EDGE + LEFT + i % page->columns * (LEFT + PANEL_W + RIGHT),
                        EDGE + page->legend + TOP + i / page->columns * (TOP + PANEL_H + BOTTOM));
        draw_panel(c, f, &f->panel[i], n > 1);
        cairo_restore(c);
    }
}

static yk_status draw(const yk_figure *f, int n, const yk_history *h, file_format format, const char *file)
{
    const sheet p = lay_out(f, n, h);
    const double scale = format == FORMAT_PNG ? PIXELS_PER_POINT : 1;
    cairo_surface_t *s = format == FORMAT_PNG ? cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(p.width * scale),
                                                                           (int)(p.height * scale))
                                              : cairo_svg_surface_create(file, p.width, p.height);
    cairo_t *c = cairo_create(s);
    cairo_scale(c, scale, scale);
    draw_page(c, &p, f, n, h);
    cairo_status_t status = cairo_status(c);
    cairo_destroy(c);
    if (status == CAIRO_STATUS_SUCCESS && format == FORMAT_PNG)
        status = cairo_surface_write_to_png(s, file);
    cairo_surface_finish(s);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_status(s);
    cairo_surface_destroy(s);
    YK_CHECK(status == CAIRO_STATUS_SUCCESS, YK_ERR_IO, "%s: %s", file, cairo_status_to_string(status));
    return YK_OK;
}

#endif
