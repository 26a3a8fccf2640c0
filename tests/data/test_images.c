/* SPDX-License-Identifier: Apache-2.0 */
/* Image folders and archives of them; decoding, resizing and writing of images. */
#include "test.h"

#include <sys/stat.h>

#include "data/archive.h"
#include "data/gallery.h"
#include "data/picture.h"
#include "importing.h"

/* 8 x 8 pixels, all of about (200, 100, 50). */
static const unsigned char jpeg[] = {
    0xff, 0xd8, 0xff, 0xdb, 0x00, 0x43, 0x00, 0x02, 0x01, 0x01, 0x01, 0x01, 0x01, 0x02, 0x01, 0x01, 0x01, 0x02,
    0x02, 0x02, 0x02, 0x02, 0x04, 0x03, 0x02, 0x02, 0x02, 0x02, 0x05, 0x04, 0x04, 0x03, 0x04, 0x06, 0x05, 0x06,
    0x06, 0x06, 0x05, 0x06, 0x06, 0x06, 0x07, 0x09, 0x08, 0x06, 0x07, 0x09, 0x07, 0x06, 0x06, 0x08, 0x0b, 0x08,
    0x09, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x06, 0x08, 0x0b, 0x0c, 0x0b, 0x0a, 0x0c, 0x09, 0x0a, 0x0a, 0x0a, 0xff,
    0xdb, 0x00, 0x43, 0x01, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x05, 0x03, 0x03, 0x05, 0x0a, 0x07, 0x06, 0x07,
    0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a,
    0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a,
    0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0xff, 0xc0, 0x00, 0x11,
    0x08, 0x00, 0x08, 0x00, 0x08, 0x03, 0x01, 0x11, 0x00, 0x02, 0x11, 0x01, 0x03, 0x11, 0x01, 0xff, 0xc4, 0x00,
    0x14, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x05, 0xff, 0xc4, 0x00, 0x14, 0x10, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0xc4, 0x00, 0x14, 0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x08, 0xff, 0xc4, 0x00, 0x14, 0x11, 0x01, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0xda, 0x00, 0x0c, 0x03,
    0x01, 0x00, 0x02, 0x11, 0x03, 0x11, 0x00, 0x3f, 0x00, 0x3c, 0x57, 0x36, 0x1f, 0xff, 0xd9
};

static bool have(const char *what)
{
    yk_picture p = { 0 };
    unsigned char dot = 0;
    yk_archive *probe = NULL;
    yk_status status = YK_OK;
    if (strcmp(what, "JPEG") == 0)
        status = yk_picture_decode(&p, "probe", jpeg, sizeof jpeg, false);
    else if (strcmp(what, "PNG") == 0)
        status = yk_picture_write(&(yk_picture){ 1, 1, 1, &dot }, in_scratch("probe.png"));
    else if (yk_archive_open(&probe, "/nowhere") != YK_OK)
        status = strstr(yk_error_text(), "without libarchive") ? YK_ERR_ARG : YK_OK;
    const bool missing = status != YK_OK;
    if (missing)
        CU_ASSERT(strstr(yk_error_text(), "built without") != NULL);
    yk_free(p.pixel);
    return !missing;
}

static void folder(const char *name)
{
    CU_ASSERT_FATAL(mkdir(in_scratch(name), 0777) == 0);
}

/* A PPM of one colour. */
static void ppm(const char *name, int width, int height, int r, int g, int b)
{
    char data[4096];
    int n = snprintf(data, 64, "P6 # a comment\n%d %d\n255\n", width, height);
    for (int i = 0; i < width * height; i++) {
        data[n++] = (char)r;
        data[n++] = (char)g;
        data[n++] = (char)b;
    }
    spit(in_scratch(name), data, n);
}

static void test_folders(void)
{
    uint8_t x[1000];
    int32_t y[10];
    yk_shape shape;
    folder("f");
    folder("f/dog");
    folder("f/cat");
    folder("f/.hidden");
    folder("f/empty");
    ppm("f/dog/b.ppm", 2, 3, 9, 9, 9);
    ppm("f/dog/a.PPM", 2, 3, 255, 0, 0);
    ppm("f/cat/z.ppm", 2, 3, 0, 0, 255);
    ppm("f/cat/.a.ppm", 1, 1, 0, 0, 0);
    ppm("f/.hidden/a.ppm", 1, 1, 0, 0, 0);
    spit(in_scratch("f/cat/notes.txt"), "x", 1);
    MUST(import_one("images", in_scratch("f"), "", in_scratch("f.h5")));
    CU_ASSERT(read_field(in_scratch("f.h5"), "x", x, &shape) == YK_U8);
    CU_ASSERT(shape.ndim == 4 && shape.dim[0] == 3 && shape.dim[1] == 3 && shape.dim[2] == 2 && shape.dim[3] == 3);
    CU_ASSERT(x[0] == 0 && x[2] == 255 && x[18] == 255 && x[19] == 0 && x[36] == 9);
    CU_ASSERT(read_field(in_scratch("f.h5"), "y", y, &shape) == YK_I32 && y[0] == 0 && y[1] == 1 && y[2] == 1);
    CU_ASSERT(strcmp(strings_of(in_scratch("f.h5"), "y", "classes"), "cat|dog") == 0);
    unlink(in_scratch("f.h5"));
    MUST(import_one("images", in_scratch("f"), "classes=dog,cow,cat", in_scratch("f.h5")));
    CU_ASSERT(read_field(in_scratch("f.h5"), "y", y, &shape) == YK_I32 && y[0] == 2 && y[1] == 0 && y[2] == 0);
    CU_ASSERT(strcmp(strings_of(in_scratch("f.h5"), "y", "classes"), "dog|cow|cat") == 0);
    CU_ASSERT(import_one("images", in_scratch("f"), "classes=dog,cow", in_scratch("no.h5")) == YK_ERR_DATA);
    CU_ASSERT(strstr(yk_error_text(), "cat/z.ppm is of a class that --classes does not name") != NULL);
    char spec[2 * PATH];
    snprintf(spec, sizeof spec, "%s:/gray", in_scratch("f.h5"));
    MUST(import_one("images", in_scratch("f"), "gray=true size=4x1", spec));
    read_field(spec, "x", x, &shape);
    CU_ASSERT(shape.dim[1] == 1 && shape.dim[2] == 4 && shape.dim[3] == 1);
    CU_ASSERT(x[0] == 29 && x[4] == 76 && x[8] == 9); /* the weights of blue and red */
    CU_ASSERT(import_one("images", in_scratch("f"), "", in_scratch("f.h5")) == YK_ERR_DATA);
    CU_ASSERT(strstr(yk_error_text(), "holds fields already") != NULL);
    char out[2 * PATH];
    snprintf(out, sizeof out, "%s", in_scratch("memory.h5"));
    CHECK_NO_MEMORY(import_one("images", in_scratch("f"), "size=1x1", out), out);
}

static void test_errors(void)
{
    folder("e");
    folder("e/a");
    folder("e/b");
    ppm("e/a/1.ppm", 4, 4, 1, 2, 3);
    static const struct {
        const char *label, *file, *data, *options, *message;
    } cases[] = {
        { "another size", "e/b/2.ppm", "P6 1 1 255 abc", "", "e/b/2.ppm: has 1 x 1 pixels, but " },
        { "cut", "e/b/2.ppm", "P6 4 4 255 abc", "", "e/b/2.ppm: a broken image: it ends after 3 of 48 bytes" },
        { "no size", "e/b/2.ppm", "P6 x", "", "e/b/2.ppm: a broken image: its head has no size" },
        { "16 bits", "e/b/2.ppm", "P6 1 1 65535 abcdef", "", "an image of 16 bits" },
        { "text format", "e/b/2.ppm", "P3 1 1 255 1 2 3", "",
          "no image that yoke knows (of Netpbm's formats: P5 and P6)" },
        { "huge", "e/b/2.ppm", "P5 60000 60000 255 a", "", "may have (2^26 pixels)" },
        { "large for its bytes", "e/b/2.ppm", "P5 5000 5000 255 a", "",
          "more than an image file of 18 bytes can hold" },
        { "no image", "e/b/2.png", "hello", "", "e/b/2.png: is no image that yoke knows" },
        { "empty", "e/b/2.png", "", "", "e/b/2.png: is empty" },
        { "no class", "e/2.ppm", "P6 1 1 255 abc", "", "2.ppm lies in no folder of a class" },
        { "size", NULL, NULL, "size=4", "--size: \"4\" is not WIDTHxHEIGHT" },
        { "size 0", NULL, NULL, "size=0x4", "--size: \"0x4\" is not WIDTHxHEIGHT" },
        { "huge size", NULL, NULL, "size=99999x99999", "more than 2^26 pixels" },
        { "no such folder", NULL, NULL, "below=c", "e/c/: No such file" },
    };
    for (int c = 0; c < LEN(cases); c++) {
        if (cases[c].file)
            spit(in_scratch(cases[c].file), cases[c].data, (long)strlen(cases[c].data));
        yk_status status = import_one("images", in_scratch("e"), cases[c].options, in_scratch("no.h5"));
        if (status == YK_OK || !strstr(yk_error_text(), cases[c].message))
            FAIL_CASE(cases[c].label, "%s: %s", yk_status_name(status), yk_error_text());
        check_nothing_left(cases[c].label, in_scratch("no.h5"));
        if (cases[c].file)
            unlink(in_scratch(cases[c].file));
    }
    folder("deep");
    folder("deep/train");
    folder("deep/train/a");
    ppm("deep/train/a/1.ppm", 1, 1, 1, 2, 3);
    CU_ASSERT(import_one("images", in_scratch("deep"), "", in_scratch("no.h5")) == YK_ERR_DATA);
    CU_ASSERT(strstr(yk_error_text(), "train/a/1.ppm lies deeper than CLASS/IMAGE; --below train takes") != NULL);
    MUST(import_one("images", in_scratch("deep"), "below=train", in_scratch("deep.h5")));
    folder("none");
    CU_ASSERT(import_one("images", in_scratch("none"), "", in_scratch("no.h5")) == YK_ERR_DATA);
    CU_ASSERT(strstr(yk_error_text(), "none: no images here") != NULL);
    CU_ASSERT(import_one("images", in_scratch("nowhere"), "", in_scratch("no.h5")) == YK_ERR_IO);
    spit(in_scratch("text"), "hello", 5);
    CU_ASSERT(import_one("images", in_scratch("text"), "", in_scratch("no.h5")) != YK_OK);
    check_nothing_left("others", in_scratch("no.h5"));
}

/* A tar of two files, by hand. */
static long tar_add(char *at, const char *name, const void *data, long n)
{
    unsigned sum = 0;
    memset(at, 0, 512);
    snprintf(at, 100, "%s", name);
    snprintf(at + 100, 8, "0000644");
    snprintf(at + 124, 12, "%011lo", (unsigned long)n);
    snprintf(at + 136, 12, "%011o", 0u);
    memset(at + 148, ' ', 8);
    at[156] = '0';
    memcpy(at + 257, "ustar\00000", 8);
    for (int i = 0; i < 512; i++)
        sum += (unsigned char)at[i];
    snprintf(at + 148, 8, "%06o", sum);
    memcpy(at + 512, data, (size_t)n);
    return 512 + (n + 511) / 512 * 512;
}

static void test_archives(void)
{
    static char tar[16384];
    uint8_t x[100];
    yk_shape shape;
    long n = 0;
    n += tar_add(tar + n, "./all/b/1.ppm", "P6 1 1 255 bbb", 14);
    n += tar_add(tar + n, "all/a/1.ppm", "P6 1 1 255 aaa", 14);
    n += tar_add(tar + n, "readme.txt", "x", 1);
    spit(in_scratch("t.tar"), tar, n + 1024);
    if (!have("libarchive")) {
        CU_ASSERT(import_one("images", in_scratch("t.tar"), "", in_scratch("no.h5")) == YK_ERR_ARG);
        return;
    }
    MUST(import_one("images", in_scratch("t.tar"), "below=all", in_scratch("t.h5")));
    read_field(in_scratch("t.h5"), "x", x, &shape);
    CU_ASSERT(shape.dim[0] == 2 && memcmp(x, "aaabbb", 6) == 0);
    CU_ASSERT(import_one("images", in_scratch("t.tar"), "", in_scratch("no.h5")) == YK_ERR_DATA);
    CU_ASSERT(strstr(yk_error_text(), "all/b/1.ppm lies deeper") != NULL);
    n += tar_add(tar + n, "all/a/1.ppm", "P6 1 1 255 ccc", 14);
    spit(in_scratch("t.tar"), tar, n + 1024);
    CU_ASSERT(import_one("images", in_scratch("t.tar"), "below=all", in_scratch("no.h5")) == YK_ERR_DATA);
    CU_ASSERT(strstr(yk_error_text(), "holds a/1.ppm twice") != NULL);
    spit(in_scratch("t.tar"), tar, 700);
    CU_ASSERT(import_one("images", in_scratch("t.tar"), "below=all", in_scratch("no.h5")) == YK_ERR_DATA);
    CU_ASSERT(strstr(yk_error_text(), "t.tar: damaged archive") != NULL);
    memset(tar, 0, sizeof tar);
    n = tar_add(tar, "a/x.ppm", "P6 4 1 255 aaa", 14);
    spit(in_scratch("t.tar"), tar, n + 1024);
    CU_ASSERT(import_one("images", in_scratch("t.tar"), "", in_scratch("no.h5")) == YK_ERR_DATA);
    CU_ASSERT(strstr(yk_error_text(), "t.tar: a/x.ppm: a broken image") != NULL);
    check_nothing_left("archives", in_scratch("no.h5"));
}

static void test_jpeg(void)
{
    yk_picture p;
    if (!have("JPEG"))
        return;
    MUST(yk_picture_decode(&p, "j", jpeg, sizeof jpeg, false));
    CU_ASSERT(p.height == 8 && p.width == 8 && p.channels == 3);
    for (int i = 0; i < 64; i++)
        CU_ASSERT(abs(p.pixel[3 * i] - 200) <= 2 && abs(p.pixel[3 * i + 1] - 100) <= 2 &&
                  abs(p.pixel[3 * i + 2] - 50) <= 2);
    yk_free(p.pixel);
    for (long n = 0; n < (long)sizeof jpeg - 2; n++) { /* without the end marker the library only warns */
        CU_ASSERT(yk_picture_decode(&p, "j", jpeg, n, false) == YK_ERR_DATA && !p.pixel);
        CU_ASSERT(strncmp(yk_error_text(), "j: ", 3) == 0);
    }
    unsigned char other[sizeof jpeg]; /* every byte another: no crash, no leak */
    for (size_t i = 0; i < 8 * sizeof jpeg; i++) {
        memcpy(other, jpeg, sizeof jpeg);
        other[i / 8] ^= (unsigned char)(1 << i % 8);
        if (yk_picture_decode(&p, "j", other, sizeof other, i % 2) == YK_OK)
            yk_free(p.pixel);
    }
    CU_ASSERT(yk_mem_live() == 0);
}

static void test_png(void)
{
    unsigned char pixel[5 * 3 * 3];
    for (int i = 0; i < (int)sizeof pixel; i++)
        pixel[i] = (unsigned char)(7 * i);
    if (!have("PNG"))
        return;
    for (int channels = 1; channels <= 3; channels += 2) {
        yk_picture p;
        long n = 0;
        MUST(yk_picture_write(&(yk_picture){ 5, 3, channels, pixel }, in_scratch("p.png")));
        unsigned char *data = (unsigned char *)slurp(in_scratch("p.png"), &n);
        MUST(yk_picture_decode(&p, "p", data, n, channels == 1));
        CU_ASSERT(p.height == 5 && p.width == 3 && p.channels == channels);
        CU_ASSERT(memcmp(p.pixel, pixel, 15 * (size_t)channels) == 0);
        yk_free(p.pixel);
        for (long cut = 0; cut < n; cut++)
            CU_ASSERT(yk_picture_decode(&p, "p", data, cut, false) == YK_ERR_DATA && !p.pixel);
        for (long i = 0; i < 8 * n; i++) {
            data[i / 8] ^= (unsigned char)(1 << i % 8);
            if (yk_picture_decode(&p, "p", data, n, false) == YK_OK)
                yk_free(p.pixel);
            data[i / 8] ^= (unsigned char)(1 << i % 8);
        }
        free(data);
    }
    CU_ASSERT(yk_mem_live() == 0);
    CU_ASSERT(yk_picture_write(&(yk_picture){ 1, 1, 1, pixel }, in_scratch("no/p.png")) == YK_ERR_IO);
}

static void test_resize(void)
{
    static const struct {
        const char *label;
        int height, width, to_height, to_width, crop;
        unsigned char in[16], out[16];
    } cases[] = {
        { "as it is", 1, 4, 1, 4, 0, { 1, 50, 200, 255 }, { 1, 50, 200, 255 } },
        { "half: weights 1 3 3 1", 1, 8, 1, 4, 0, { 0, 0, 80, 80, 0, 0, 80, 80 }, { 11, 60, 20, 69 } },
        { "twice: weights 3 1", 1, 2, 1, 4, 0, { 0, 80 }, { 0, 20, 60, 80 } },
        { "constant", 3, 3, 2, 5, 0, { 9, 9, 9, 9, 9, 9, 9, 9, 9 }, { 9, 9, 9, 9, 9, 9, 9, 9, 9, 9 } },
        { "columns", 2, 1, 4, 1, 0, { 0, 80 }, { 0, 20, 60, 80 } },
        { "crop the sides", 1, 3, 1, 1, 1, { 10, 20, 30 }, { 20 } },
        { "to one pixel", 2, 2, 1, 1, 0, { 0, 100, 100, 200 }, { 100 } },
    };
    for (int c = 0; c < LEN(cases); c++) {
        unsigned char in[16];
        memcpy(in, cases[c].in, sizeof in);
        yk_picture out = { .height = cases[c].to_height, .width = cases[c].to_width };
        MUST(yk_picture_resize(&out, &(yk_picture){ cases[c].height, cases[c].width, 1, in }, cases[c].crop));
        for (int i = 0; i < cases[c].to_height * cases[c].to_width; i++)
            if (out.pixel[i] != cases[c].out[i])
                FAIL_CASE(cases[c].label, "pixel %d is %d, not %d", i, out.pixel[i], cases[c].out[i]);
        yk_free(out.pixel);
    }
}

int main(void)
{
    static const yk_test tests[] = { { "folders", test_folders },
                                     { "errors", test_errors },
                                     { "archives", test_archives },
                                     { "JPEG", test_jpeg },
                                     { "PNG", test_png },
                                     { "resize", test_resize },
                                     { 0 } };
    scratch_begin();
    int failed = yk_test_main("data/images", tests);
    scratch_end();
    return failed;
}
