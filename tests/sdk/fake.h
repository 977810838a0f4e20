// What the fake SDKs share: the facts of the real headers' types, a script of faults, and a ledger of handles.
//
// SYNSE_FAKE is the script, words of the form key=value with spaces between. SYNSE_FAKE_LEDGER is a folder; each library
// writes there, when the process ends, how many handles of each kind it gave out and took back.
#ifndef SYNSE_FAKE_H
#define SYNSE_FAKE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

enum { OK = 0, FAILED = 1, TIMEOUT = 2, END = 2, TOO_SMALL = 2 };
enum { DEPTH16 = 4, IR16 = 5 };

typedef struct {
    int32_t color_format, color_resolution, depth_mode, camera_fps;
    bool synchronized_images_only;
    int32_t depth_delay_off_color_usec, wired_sync_mode;
    uint32_t subordinate_delay_off_master_usec;
    bool disable_streaming_indicator;
} device_configuration;
_Static_assert(sizeof(device_configuration) == 36, "k4a_device_configuration_t");

typedef struct { float rotation[9], translation[3]; } extrinsics;
typedef struct { int32_t type; uint32_t count; float parameters[15]; } intrinsics;
typedef struct { extrinsics extrinsics; intrinsics intrinsics; int32_t width, height; float metric_radius; } camera;
typedef struct { camera depth, color; extrinsics extrinsics[4][4]; int32_t depth_mode, color_resolution; } calibration;
_Static_assert(sizeof(calibration) == 1032 && offsetof(calibration, extrinsics) == 256, "k4a_calibration_t");

typedef struct { float temperature, acc[3]; uint64_t acc_usec; float gyro[3]; uint64_t gyro_usec; } imu_sample;
_Static_assert(sizeof(imu_sample) == 48 && offsetof(imu_sample, gyro_usec) == 40, "k4a_imu_sample_t");

typedef struct { int32_t orientation, mode, gpu; const char *model; } tracker_configuration;
_Static_assert(sizeof(tracker_configuration) == 24 && offsetof(tracker_configuration, model) == 16,
               "k4abt_tracker_configuration_t");

typedef struct { float position[3], orientation[4]; int32_t confidence; } joint;
typedef struct { joint joints[32]; } skeleton;
_Static_assert(sizeof(skeleton) == 1024, "k4abt_skeleton_t");

// The text of a key, copied to `into`; whether it is there.
static inline bool script_text(const char *key, char *into, size_t size) {
    const char *at = getenv("SYNSE_FAKE");
    size_t length = strlen(key);
    while (at && *at) {
        size_t word = strcspn(at, " ");
        if (word > length && !strncmp(at, key, length) && at[length] == '=') {
            size_t count = word - length - 1 < size - 1 ? word - length - 1 : size - 1;
            memcpy(into, at + length + 1, count);
            into[count] = 0;
            return true;
        }
        at += word + (at[word] == ' ');
    }
    return false;
}

static inline long script(const char *key, long otherwise) {
    char text[64];
    return script_text(key, text, sizeof text) ? atol(text) : otherwise;
}

// A number between the two of `key=LOW-HIGH`, another each time; or the one of `key=N`.
static inline long script_between(const char *key, long otherwise) {
    static uint64_t state = 0;
    char text[64];
    if (!script_text(key, text, sizeof text)) return otherwise;
    char *dash = strchr(text, '-');
    if (!dash || dash == text) return atol(text);
    if (!state) state = (uint64_t)script("seed", 1) * 2654435761u + 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    long low = atol(text), high = atol(dash + 1);
    return low + (long)((state >> 33) % (uint64_t)(high - low + 1));
}

// Sleeps on the fake's clock, which can be made to run faster (`clock=100`).
static inline void doze(long micros) {
    long faster = script("clock", 1);
    if (micros > 0) usleep((useconds_t)(micros / (faster > 0 ? faster : 1)));
}

typedef struct { const char *kind; int given, taken; } account;
// Kinds of handles, filled by each library.
static account ledger[];
static const char *const library_name;

static inline void give(account *of) { __sync_fetch_and_add(&of->given, 1); }
static inline void take(account *of) { __sync_fetch_and_add(&of->taken, 1); }

__attribute__((destructor)) static void write_ledger(void) {
    const char *folder = getenv("SYNSE_FAKE_LEDGER");
    if (!folder) return;
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, library_name);
    FILE *file = fopen(path, "w");
    if (!file) return;
    for (account *of = ledger; of->kind; of++) fprintf(file, "%s %d %d\n", of->kind, of->given, of->taken);
    fclose(file);
}

// A handle that is used after it was given back ends the process, as it may with the real libraries.
#define LIVE(object, mark) do { if (!(object) || (object)->magic != (mark)) abort(); } while (0)
#endif
