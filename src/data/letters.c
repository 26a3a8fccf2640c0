/* SPDX-License-Identifier: Apache-2.0 */
#include "data/letters.h"

/* From blank to ~: a row of five dots is a digit of 32, from the top; 16 is the dot to the left. */
static const char letters[95][YK_LETTER_HEIGHT + 1] = {
    "000000000", "444440400", "AAA000000", "AAVAVAA00", "4FKE5U400", "OP248J300", "CIK8LID00", "448000000", "248884200",
    "842224800", "04LEL4000", "044V44000", "00000C480", "000V00000", "00000CC00", "01248G000", "EHJLPHE00", "4C4444E00",
    "EH1248V00", "V2421HE00", "26AIV2200", "VGU11HE00", "68GUHHE00", "V12488800", "EHHEHHE00", "EHHF12C00", "0CC0CC000",
    "0CC0C4800", "248G84200", "00V0V0000", "842124800", "EH1240400", "EH1DLLE00", "EHHVHHH00", "UHHUHHU00", "EHGGGHE00",
    "UHHHHHU00", "VGGUGGV00", "VGGUGGG00", "EHGNHHF00", "HHHVHHH00", "E44444E00", "72222IC00", "HIKOKIH00", "GGGGGGV00",
    "HRLLHHH00", "HHPLJHH00", "EHHHHHE00", "UHHUGGG00", "EHHHLID00", "UHHUKIH00", "FGGE11U00", "V44444400", "HHHHHHE00",
    "HHHHHA400", "HHHLLLA00", "HHA4AHH00", "HHHA44400", "V1248GV00", "E88888E00", "0G8421000", "E22222E00", "4AH000000",
    "000000V00", "842000000", "00E1FHF00", "GGMPHHU00", "00EGGHE00", "11DJHHF00", "00EHVGE00", "698S88800", "00FHHHF1E",
    "GGMPHHH00", "40C444E00", "2062222IC", "GGIKOKI00", "C44444E00", "00QLLHH00", "00MPHHH00", "00EHHHE00", "00MPHHUGG",
    "00DJHHF11", "00MPGGG00", "00EGE1U00", "88S889600", "00HHHJD00", "00HHHA400", "00HHLLA00", "00HA4AH00", "00HHHHF1E",
    "00V248V00", "244844200", "444444400", "844244800", "000DI0000",
};
static const char frame[] = "VHHHHHV00";

static int dots_of(char digit)
{
    return digit <= '9' ? digit - '0' : digit - 'A' + 10;
}

/* To the next sign: bytes 10xxxxxx continue one. */
static const char *next(const char *text)
{
    text++;
    while (((unsigned char)*text & 0xc0) == 0x80)
        text++;
    return text;
}

int64_t yk_letters_count(const char *text)
{
    int64_t n = 0;
    for (; *text; text = next(text))
        n++;
    return n;
}

static void dot(yk_picture *p, int64_t x, int64_t y, int scale, unsigned char ink)
{
    for (int64_t v = y; v < y + scale; v++)
        for (int64_t u = x; u < x + scale; u++)
            for (int c = 0; c < p->channels; c++)
                if (u >= 0 && v >= 0 && u < p->width && v < p->height)
                    p->pixel[(v * p->width + u) * p->channels + c] = ink;
}

void yk_letters_draw(yk_picture *picture, int64_t x, int64_t y, int scale, const char *text, int64_t count,
                     unsigned char ink)
{
    for (; *text && count > 0; text = next(text), count--, x += YK_LETTER_STEP * scale) {
        const char *rows = *text >= 32 && *text < 127 ? letters[*text - 32] : frame;
        for (int r = 0; r < YK_LETTER_HEIGHT; r++)
            for (int b = 0; b < 5; b++)
                if (dots_of(rows[r]) & 16 >> b)
                    dot(picture, x + b * scale, y + r * scale, scale, ink);
    }
}
