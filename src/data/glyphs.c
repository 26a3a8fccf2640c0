/* SPDX-License-Identifier: Apache-2.0 */
/* A digit is written in one of a few ways, each a few strokes; a stroke is a Catmull-Rom spline through its points.
 * A writer's hand: every point is displaced a little, the whole is slanted, turned, stretched and moved, and the pen
 * has a width. A pixel's ink is 1 where its centre lies inside the pen's track, with a border one pixel wide; at the
 * end some noise is added. Only + - * / and sqrt in double, in a fixed order. */
#include "data/glyphs.h"

#include <math.h>
#include <string.h>

#include "core/math.h"
#include "core/num.h"

#define SIDE YK_GLYPH_SIDE
#define SPAN_STEPS 6 /* straight pieces between two points of a stroke */
#define POINTS 11    /* of a stroke, at most */
#define WAYS 3       /* of writing a digit, at most */

/* Strokes as "x,y x,y ... / x,y ...": hundredths of the digit's box, x to the right, y down. */
static const char *const ways[10][WAYS] = {
    /* 0: closed; open at the top */
    { "50,0 22,12 8,48 20,86 50,100 80,88 92,50 80,14 52,0 40,4",
      "62,4 34,8 14,44 20,84 46,100 76,84 86,46 74,12 50,2" },
    /* 1: a line; with a flag; with flag and foot */
    { "52,0 50,50 48,100", "26,24 54,0 / 54,0 53,50 52,100", "28,20 52,0 / 52,0 51,50 50,98 / 24,99 78,99" },
    /* 2: straight foot; looped foot */
    { "14,24 30,5 60,1 82,20 74,46 46,72 12,98 / 12,98 50,97 90,97",
      "14,22 36,2 72,8 80,34 56,66 26,94 12,88 26,78 54,92 92,94" },
    /* 3: two bows; flat top */
    { "16,14 44,0 76,12 72,38 40,48 / 40,48 78,58 84,80 50,100 12,88",
      "14,3 80,3 / 80,3 42,42 / 42,42 80,54 82,82 50,100 12,90" },
    /* 4: open; closed */
    { "28,2 14,56 44,60 90,57 / 72,14 68,58 64,100", "64,2 40,34 10,66 92,64 / 64,2 63,50 62,100" },
    /* 5: with a corner; in one sweep */
    { "82,3 26,3 / 26,3 20,46 / 20,46 50,38 82,56 78,86 44,100 10,90",
      "84,6 52,4 28,12 24,38 54,44 80,64 70,90 40,100 12,88" },
    /* 6: round; upright */
    { "74,4 42,18 18,52 20,86 50,100 82,84 76,58 48,50 20,70", "44,0 24,36 16,74 38,99 72,92 78,68 52,54 20,74" },
    /* 7: plain; with a bar; with a hook */
    { "10,5 86,4 / 86,4 66,32 50,64 42,100", "10,5 84,4 / 84,4 58,48 40,100 / 34,52 84,48",
      "12,20 14,4 86,2 / 86,2 62,50 54,100" },
    /* 8: in one sweep; two rings */
    { "74,14 46,0 20,18 42,44 76,66 72,92 44,100 18,86 28,62 64,38 78,14",
      "50,0 24,14 26,38 52,48 76,36 76,12 50,0 / 52,48 20,62 18,88 48,100 80,90 82,64 60,50 50,48" },
    /* 9: straight tail; bent tail */
    { "78,16 52,0 22,12 18,38 44,52 72,40 80,14 80,10 / 79,12 72,58 64,100",
      "80,22 58,1 26,8 16,34 40,50 70,40 80,20 80,44 74,76 50,100 22,90" },
};

/* Streams of random numbers of a sample. */
enum { OF_HAND = 1, OF_POINTS = 2, OF_NOISE = 3 };

/* From the box to pixels: px = m[0] x + m[1] y + m[2], py = m[3] x + m[4] y + m[5], box centred at (0, 0). */
typedef struct hand {
    double m[6];
    double wobble; /* of points, in box heights */
    double reach2; /* square of the pen's radius plus half the border, in pixels */
    double reach;
    double ink; /* 0 .. 1 */
} hand;

typedef struct point {
    double x, y;
} point;

static double between(yk_key key, int64_t sample, int64_t element, double low, double high)
{
    return low + (high - low) * yk_random_uniform(key, OF_HAND, sample, element);
}

/* Normal, cut to two deviations: nobody writes upside down. */
static double about(yk_key key, int64_t time, int64_t sample, int64_t element, double deviation)
{
    double z = yk_random_normal(key, time, sample, element);
    return deviation * (z < -2 ? -2 : z > 2 ? 2 : z);
}

static hand hand_of(yk_key key, int64_t sample)
{
    const double turn = about(key, OF_HAND, sample, 100, 0.16), slant = about(key, OF_HAND, sample, 101, 0.23);
    const double wide = between(key, sample, 0, 9, 16), high = between(key, sample, 1, 14, 21);
    const double s = yk_sin(turn), c = yk_cos(turn);
    /* stretch, then slant (x moves with height), then turn, then move */
    const double a = wide, b = -slant * high, d = high;
    hand h = { .m = { c * a, c * b - s * d, SIDE / 2.0 + about(key, OF_HAND, sample, 102, 1.0), s * a, s * b + c * d,
                      SIDE / 2.0 + about(key, OF_HAND, sample, 103, 1.0) } };
    h.wobble = between(key, sample, 2, 0.015, 0.065);
    h.reach = between(key, sample, 3, 0.7, 1.6) + 0.5;
    h.reach2 = h.reach * h.reach;
    h.ink = between(key, sample, 4, 0.75, 1.0);
    return h;
}

/* Lowers the squared distance of pixels near the straight piece from p to q. */
static void track(const hand *h, point p, point q, double *distance2)
{
    const double dx = q.x - p.x, dy = q.y - p.y, length2 = dx * dx + dy * dy;
    const int x0 = (int)yk_max(0, (int64_t)((p.x < q.x ? p.x : q.x) - h->reach));
    const int y0 = (int)yk_max(0, (int64_t)((p.y < q.y ? p.y : q.y) - h->reach));
    const int x1 = (int)yk_min(SIDE - 1, (int64_t)((p.x > q.x ? p.x : q.x) + h->reach));
    const int y1 = (int)yk_min(SIDE - 1, (int64_t)((p.y > q.y ? p.y : q.y) + h->reach));
    for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x++) {
            double ex = x + 0.5 - p.x, ey = y + 0.5 - p.y; /* to the pixel's centre */
            double t = length2 > 0 ? (ex * dx + ey * dy) / length2 : 0;
            t = t < 0 ? 0 : t > 1 ? 1 : t;
            ex -= t * dx;
            ey -= t * dy;
            double d2 = ex * ex + ey * ey, *least = &distance2[y * SIDE + x];
            *least = d2 < *least ? d2 : *least;
        }
}

/* Catmull-Rom between b and c: half of (2b + (c - a) t + (2a - 5b + 4c - d) t^2 + (3b - a - 3c + d) t^3). */
static double spline(double a, double b, double c, double d, double t)
{
    return 0.5 * (2 * b + t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * b - a - 3 * c + d))));
}

static void draw_stroke(const hand *h, int n, const point *at, double *distance2)
{
    point from = at[0];
    for (int i = 0; i + 1 < n; i++) {
        const point a = at[i > 0 ? i - 1 : 0], b = at[i], c = at[i + 1], d = at[i + 2 < n ? i + 2 : n - 1];
        for (int k = 1; k <= SPAN_STEPS; k++) {
            double t = (double)k / SPAN_STEPS;
            point to = { spline(a.x, b.x, c.x, d.x, t), spline(a.y, b.y, c.y, d.y, t) };
            track(h, from, to, distance2);
            from = to;
        }
    }
}

/* Reads the number at *text and goes past it and the sign or blank behind it. */
static double coordinate(const char **text)
{
    int value = 0;
    while (**text >= '0' && **text <= '9')
        value = 10 * value + (*(*text)++ - '0');
    if (**text != '\0')
        ++*text;
    return value / 100.0 - 0.5;
}

static void draw_way(yk_key key, int64_t sample, const hand *h, const char *text, double *distance2)
{
    int64_t element = 0;
    while (*text != '\0') {
        point at[POINTS];
        int n = 0;
        while (*text != '\0' && *text != '/') {
            double x = coordinate(&text) + about(key, OF_POINTS, sample, element++, h->wobble);
            double y = coordinate(&text) + about(key, OF_POINTS, sample, element++, h->wobble);
            at[n].x = h->m[0] * x + h->m[1] * y + h->m[2];
            at[n++].y = h->m[3] * x + h->m[4] * y + h->m[5];
        }
        draw_stroke(h, n, at, distance2);
        text += strspn(text, "/ ");
    }
}

void yk_glyph_draw(yk_key key, int64_t sample, int digit, uint8_t out[SIDE * SIDE])
{
    const hand h = hand_of(key, sample);
    int n = 1;
    while (n < WAYS && ways[digit][n])
        n++;
    const char *way = ways[digit][(int)between(key, sample, 5, 0, n)];
    double distance2[SIDE * SIDE];
    for (int i = 0; i < SIDE * SIDE; i++)
        distance2[i] = h.reach2;
    draw_way(key, sample, &h, way, distance2);
    for (int i = 0; i < SIDE * SIDE; i++) {
        double inside = h.reach - sqrt(distance2[i]); /* 0 at the outer border */
        double value = 255 * h.ink * (inside < 1 ? inside : 1);
        value += 40 * yk_random_uniform(key, OF_NOISE, sample, i) - 25;
        out[i] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
    }
}
