// A libk4a without a camera. Script: serials=A;B (none: no camera), busy=1, start_fails=1, no_calibration=1, no_imu=1,
// unplug_after=N (FAILED, as Microsoft's), silent_after=N (TIMEOUT for ever, as Orbbec's), period_us=N (a real clock),
// restart_after=N, restart_every=N (the device's clock), without_depth_every=N, stamps=none or stamps=day (system
// timestamps: none, or by the time of day), now=1 (the device's clock is CLOCK_MONOTONIC), prints=1 (to the standard output,
// with each capture). Built with -DORBBEC it is Orbbec's.
#include "fake.h"
#include <time.h>

enum { DEVICE, CAPTURE, IMAGE, CAMERAS, IMU, LATE };
static account ledger[] = {{"device", 0, 0}, {"capture", 0, 0}, {"image", 0, 0}, {"cameras", 0, 0},
                               {"imu", 0, 0}, {"late", 0, 0}, {0, 0, 0}};
static const char *const library_name = "k4a";

typedef struct { uint32_t magic; int references; uint64_t micros, nanos; size_t size; uint8_t *buffer; } image;
typedef struct { uint32_t magic; int references; image *depth, *infrared; } capture;
typedef struct {
    uint32_t magic, index;
    bool running, imu;
    uint64_t next, began;
    long unplug_after, silent_after;
} device;
enum { A_DEVICE = 0xde51ce, A_CAPTURE = 0xca9, A_IMAGE = 0x1a6e };

typedef void (*log_callback)(void *, int, const char *, int, const char *);
static log_callback logs;
static void *logs_context;
static bool open_devices[16];

static void say(const char *text) {
    if (logs) logs(logs_context, 1, "fake_k4a.c", 1, text);
}

// When images arrive, as the script has it stamped.
static uint64_t stamp(void) {
    char text[16] = "";
    script_text("stamps", text, sizeof text);
    struct timespec now;
    clock_gettime(strcmp(text, "day") ? CLOCK_MONOTONIC : CLOCK_REALTIME, &now);
    return strcmp(text, "none") ? (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec : 0;
}

static uint64_t now_micros(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

// The serial number of a camera; whether there is one of this index.
static bool serial_of(uint32_t index, char *into, size_t size) {
    char text[256] = "000123412112";
    script_text("serials", text, sizeof text);
    if (!strcmp(text, "none")) return false;
    char *rest = text, *word;
    for (uint32_t at = 0; (word = strsep(&rest, ";")); at++)
        if (at == index) return snprintf(into, size, "%s", word) >= 0;
    return false;
}

EXPORT uint32_t k4a_device_get_installed_count(void) {
    char serial[256];
    uint32_t count = 0;
    while (serial_of(count, serial, sizeof serial)) count++;
    return count;
}

EXPORT int k4a_set_debug_message_handler(log_callback callback, void *context, int level) {
    (void)level;
    logs = callback;
    logs_context = context;
    return OK;
}

EXPORT int k4a_device_open(uint32_t index, void **handle) {
    *handle = 0;
    if (index >= k4a_device_get_installed_count() || index >= 16 || open_devices[index] || script("busy", -1) == (long)index) {
        say("k4a_device_open failed: the fake camera is not there or taken");
        return FAILED;
    }
    device *opened = calloc(1, sizeof *opened);
    opened->magic = A_DEVICE;
    opened->index = index;
    open_devices[index] = true;
    give(&ledger[DEVICE]);
    *handle = opened;
    return OK;
}

EXPORT void k4a_device_stop_cameras(device *of) {
    LIVE(of, A_DEVICE);
    if (of->running) take(&ledger[CAMERAS]);
    of->running = false;
}

EXPORT void k4a_device_close(device *of) {
    LIVE(of, A_DEVICE);
    // Captures must be released before: one that outlives its camera is a fault of the program's.
    if (ledger[CAPTURE].given != ledger[CAPTURE].taken) give(&ledger[LATE]);
    if (of->running) k4a_device_stop_cameras(of);
    open_devices[of->index] = false;
    of->magic = 0;
    free(of);
    take(&ledger[DEVICE]);
}

EXPORT int k4a_device_get_serialnum(device *of, char *into, size_t *size) {
    LIVE(of, A_DEVICE);
    char serial[256];
    if (!serial_of(of->index, serial, sizeof serial)) return FAILED;
    size_t needed = strlen(serial) + 1;
    bool fits = into && *size >= needed;
    if (fits) memcpy(into, serial, needed);
    *size = needed;
    return fits ? OK : TOO_SMALL;
}

EXPORT int k4a_device_start_cameras(device *of, const device_configuration *configuration) {
    LIVE(of, A_DEVICE);
    // 640 x 576 at 30 per second without colour is what bodies are tracked in.
    bool fits = configuration->depth_mode == 2 && configuration->camera_fps == 2 && !configuration->color_resolution;
    if (of->running || !fits || script("start_fails", 0)) {
        say("k4a_device_start_cameras failed: depth engine");
        return FAILED;
    }
    of->running = true;
    of->began = now_micros();
    of->unplug_after = script_between("unplug_after", -1);
    of->silent_after = script_between("silent_after", -1);
    give(&ledger[CAMERAS]);
    return OK;
}

EXPORT int k4a_device_start_imu(device *of) {
    LIVE(of, A_DEVICE);
    if (!of->running || of->imu || script("no_imu", 0)) return FAILED;
    of->imu = true;
    give(&ledger[IMU]);
    return OK;
}

EXPORT void k4a_device_stop_imu(device *of) {
    LIVE(of, A_DEVICE);
    if (of->imu) take(&ledger[IMU]);
    of->imu = false;
}

EXPORT int k4a_device_get_imu_sample(device *of, imu_sample *sample, int timeout) {
    LIVE(of, A_DEVICE);
    (void)timeout;
    if (!of->imu) return FAILED;
    // Looking down by 30 degrees; x backward, y left, z down.
    *sample = (imu_sample){25.0f, {4.905f, 0.0f, -8.4957f}, 1, {0, 0, 0}, 1};
    return OK;
}

EXPORT int k4a_device_get_calibration(device *of, int depth_mode, int color_resolution, calibration *into) {
    LIVE(of, A_DEVICE);
    if (script("no_calibration", 0)) return FAILED;
    memset(into, 0, sizeof *into);
    into->depth_mode = depth_mode;
    into->color_resolution = color_resolution;
    into->depth.width = 640;
    into->depth.height = 576;
    const float rotation[9] = {0, -1, 0, 0, 0, 1, -1, 0, 0};
    memcpy(into->extrinsics[3][0].rotation, rotation, sizeof rotation);
    return OK;
}

EXPORT int k4a_image_create(int format, int width, int height, int stride, void **into) {
    (void)format;
    image *made = calloc(1, sizeof *made);
    made->magic = A_IMAGE;
    made->references = 1;
    made->size = (size_t)(stride ? stride : 2 * width) * (size_t)height;
    made->buffer = calloc(1, made->size);
    give(&ledger[IMAGE]);
    *into = made;
    return OK;
}

EXPORT void k4a_image_release(image *of) {
    LIVE(of, A_IMAGE);
    if (--of->references) return;
    of->magic = 0;
    free(of->buffer);
    free(of);
    take(&ledger[IMAGE]);
}

EXPORT uint64_t k4a_image_get_device_timestamp_usec(image *of) { LIVE(of, A_IMAGE); return of->micros; }
EXPORT void k4a_image_set_device_timestamp_usec(image *of, uint64_t micros) { LIVE(of, A_IMAGE); of->micros = micros; }

EXPORT uint64_t k4a_image_get_system_timestamp_nsec(image *of) { LIVE(of, A_IMAGE); return of->nanos; }
EXPORT void k4a_image_set_system_timestamp_nsec(image *of, uint64_t nanos) { LIVE(of, A_IMAGE); of->nanos = nanos; }

EXPORT int k4a_capture_create(void **into) {
    capture *made = calloc(1, sizeof *made);
    made->magic = A_CAPTURE;
    made->references = 1;
    give(&ledger[CAPTURE]);
    *into = made;
    return OK;
}

EXPORT void k4a_capture_reference(capture *of) { LIVE(of, A_CAPTURE); of->references++; }

EXPORT void k4a_capture_release(capture *of) {
    LIVE(of, A_CAPTURE);
    if (--of->references) return;
    if (of->depth) k4a_image_release(of->depth);
    if (of->infrared) k4a_image_release(of->infrared);
    of->magic = 0;
    free(of);
    take(&ledger[CAPTURE]);
}

static image *referenced(image *of) {
    if (of) of->references++;
    return of;
}

EXPORT void *k4a_capture_get_depth_image(capture *of) { LIVE(of, A_CAPTURE); return referenced(of->depth); }
EXPORT void *k4a_capture_get_ir_image(capture *of) { LIVE(of, A_CAPTURE); return referenced(of->infrared); }
EXPORT void k4a_capture_set_depth_image(capture *of, image *i) { LIVE(of, A_CAPTURE); of->depth = referenced(i); }
EXPORT void k4a_capture_set_ir_image(capture *of, image *i) { LIVE(of, A_CAPTURE); of->infrared = referenced(i); }

// Waits for the moment of the next images; whether it came in time.
static bool wait_for_next(device *of, int timeout) {
    long period = script("period_us", 0);
    // Without a clock the camera is as fast as who asks, and never ahead.
    if (!period) return timeout != 0;
    uint64_t now = now_micros();
    // The camera's buffer holds half a second; the oldest images fall out of it.
    while (of->began + (of->next + 16) * (uint64_t)period < now) of->next++;
    uint64_t due = of->began + (of->next + 1) * (uint64_t)period;
    uint64_t end = now + (uint64_t)(timeout < 0 ? 1000000 : timeout) * 1000u;
    if (due > end) {
        usleep((useconds_t)(end - now));
        return false;
    }
    if (due > now) usleep((useconds_t)(due - now));
    return true;
}

EXPORT int k4a_device_get_capture(device *of, void **into, int timeout) {
    LIVE(of, A_DEVICE);
    if (script("prints", 0)) {
        puts("[2026-11-30 02:00:00.000] [error] [t=1] a line of the SDK's own");
        fflush(stdout);
    }
    *into = 0;
    if (!of->running) return FAILED;
    if (of->unplug_after >= 0 && of->next >= (uint64_t)of->unplug_after) {
        say("capturesync_get_capture failed: the fake camera was unplugged");
        return FAILED;
    }
    if (of->silent_after >= 0 && of->next >= (uint64_t)of->silent_after) {
        doze((timeout < 0 ? 1000 : timeout) * 1000L);
        return TIMEOUT;
    }
    if (!wait_for_next(of, timeout)) return TIMEOUT;
    uint64_t number = of->next++;
    long restart = script("restart_after", -1), every = script("restart_every", 0), hole = script("without_depth_every", 0);
    uint64_t micros = restart >= 0 && number >= (uint64_t)restart ? 33333u * (number - (uint64_t)restart)
                                                                  : 1000000u + 33333u * number;
    if (every) micros = 33333u * (number % (uint64_t)every);
    if (script("now", 0)) micros = now_micros();
    uint64_t nanos = stamp();
    capture *made;
    k4a_capture_create((void **)&made);
    for (int kind = 0; kind < 2; kind++) {
        if (kind == 0 && hole && number % (uint64_t)hole == (uint64_t)hole - 1) continue;
        image *i;
        // Small, so that a hundred thousand of them take no time.
        k4a_image_create(kind ? IR16 : DEPTH16, 8, 8, 16, (void **)&i);
        i->micros = micros;
        i->nanos = nanos;
        if (kind) k4a_capture_set_ir_image(made, i); else k4a_capture_set_depth_image(made, i);
        k4a_image_release(i);
    }
    *into = made;
    return OK;
}

#ifdef ORBBEC
EXPORT int k4a_depth_engine_helper_create(void **into) { *into = 0; return FAILED; }
// The name stands in the library as a text, as the export table of the real one has it.
EXPORT const char orbbec_mark[] = "k4a_depth_engine_helper_create";
#endif
