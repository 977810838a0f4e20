// A libk4arecord that plays a text: `fake mkv` and then words as in a script: captures=N, fps=N (0, 1, 2),
// without_depth_every=N, damaged_after=N, no_calibration=1.
#include "fake.h"

enum { PLAYBACK };
static account ledger[] = {{"playback", 0, 0}, {0, 0, 0}};
static const char *const library_name = "k4arecord";

extern int k4a_capture_create(void **);
extern int k4a_image_create(int, int, int, int, void **);
extern void k4a_image_set_device_timestamp_usec(void *, uint64_t);
extern void k4a_image_release(void *);
extern void k4a_capture_set_depth_image(void *, void *);
extern void k4a_capture_set_ir_image(void *, void *);

enum { A_PLAYBACK = 0x91a7 };
typedef struct { uint32_t magic; char words[512]; long next; } playback;

static long word(const playback *of, const char *key, long otherwise) {
    char pattern[64];
    snprintf(pattern, sizeof pattern, " %s=", key);
    const char *at = strstr(of->words, pattern);
    return at ? atol(at + strlen(pattern)) : otherwise;
}

EXPORT int k4a_playback_open(const char *path, void **into) {
    *into = 0;
    FILE *file = fopen(path, "r");
    if (!file) return FAILED;
    playback *made = calloc(1, sizeof *made);
    size_t count = fread(made->words, 1, sizeof made->words - 1, file);
    fclose(file);
    if (count < 8 || strncmp(made->words, "fake mkv", 8)) {
        free(made);
        return FAILED;
    }
    made->magic = A_PLAYBACK;
    give(&ledger[PLAYBACK]);
    *into = made;
    return OK;
}

EXPORT void k4a_playback_close(playback *of) {
    LIVE(of, A_PLAYBACK);
    of->magic = 0;
    free(of);
    take(&ledger[PLAYBACK]);
}

EXPORT int k4a_playback_get_calibration(playback *of, calibration *into) {
    LIVE(of, A_PLAYBACK);
    if (word(of, "no_calibration", 0)) return FAILED;
    memset(into, 0, sizeof *into);
    into->depth_mode = 2;
    return OK;
}

EXPORT int k4a_playback_get_record_configuration(playback *of, int32_t *into) {
    LIVE(of, A_PLAYBACK);
    // Orbbec's size; a program that reserved Microsoft's would lose its stack here.
    memset(into, 0, 40);
    into[3] = (int32_t)word(of, "fps", 2);
    return OK;
}

EXPORT int k4a_playback_get_next_capture(playback *of, void **into) {
    LIVE(of, A_PLAYBACK);
    *into = 0;
    long number = of->next++, hole = word(of, "without_depth_every", 0), damage = word(of, "damaged_after", -1);
    if (number >= word(of, "captures", 0)) return END;
    if (damage >= 0 && number >= damage) return FAILED;
    k4a_capture_create(into);
    for (int kind = 0; kind < 2; kind++) {
        if (kind == 0 && hole && number % hole == hole - 1) continue;
        void *image;
        k4a_image_create(kind ? IR16 : DEPTH16, 8, 8, 16, &image);
        k4a_image_set_device_timestamp_usec(image, 1000000u + 33333u * (uint64_t)number);
        if (kind) k4a_capture_set_ir_image(*into, image); else k4a_capture_set_depth_image(*into, image);
        k4a_image_release(image);
    }
    return OK;
}
