// A libk4abt without a network: it uses libk4a as the real one does. Script: modes=2;1 (those that work; none: none),
// joints=FILE (lines: frame body joint x y z confidence, millimetres; played in a circle), bodies=N, churn=1 (six bodies
// that come and go), empty=1, nan_every=N, full_every=N, full=1, full_after=N, crash_after=N, hang_after=N, stop_after=N, slow_us=N,
// needs_network=1 (none is looked for here), create_us=N (making a tracker takes so long), deaf_for_us=N (from then until the first bodies).
// Built with -DTRACKER_1_0 it has the structs of 1.0, and leaves a mark where it is loaded.
#include "fake.h"
#include <math.h>
#include <time.h>

enum { TRACKER, FRAME, TRIES };
static account ledger[] = {{"tracker", 0, 0}, {"frame", 0, 0}, {"tries", 0, 0}, {0, 0, 0}};
static const char *const library_name = "k4abt";

extern void k4a_capture_reference(void *);
extern void k4a_capture_release(void *);
extern void *k4a_capture_get_depth_image(void *);
extern void *k4a_capture_get_ir_image(void *);
extern uint64_t k4a_image_get_device_timestamp_usec(void *);
extern uint64_t k4a_image_get_system_timestamp_nsec(void *);
extern void k4a_image_release(void *);

#define QUEUE 3
enum { A_TRACKER = 0x7ac4e5, A_FRAME = 0xf5a3e };
typedef struct { int frame, body, joint; float position[3]; int confidence; } line;
typedef struct { uint32_t magic; int references; void *capture; uint64_t micros, nanos, number; } frame;
typedef struct {
    uint32_t magic;
    frame *queue[QUEUE];
    int inside;
    bool shut, full;
    uint64_t taken, popped, asked, born;
} tracker;
static tracker *only;
static line *lines;
static size_t line_count;
static int last_frame = -1;

static uint64_t now_micros(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

#ifdef TRACKER_1_0
typedef struct { int32_t orientation, mode, gpu; } old_configuration;
__attribute__((constructor)) static void mark(void) {
    const char *path = getenv("SYNSE_FAKE_LOADED");
    FILE *file = path ? fopen(path, "w") : 0;
    if (file) fclose(file);
}
EXPORT int k4abt_tracker_create(const calibration *of, old_configuration configuration, void **into) {
    (void)of; (void)configuration; (void)into;
    abort();
}
#else
static void read_joints(void) {
    char path[4096];
    if (lines || !script_text("joints", path, sizeof path)) return;
    FILE *file = fopen(path, "r");
    if (!file) abort();
    size_t room = 0;
    line l;
    while (fscanf(file, "%d %d %d %f %f %f %d", &l.frame, &l.body, &l.joint, &l.position[0], &l.position[1],
                  &l.position[2], &l.confidence) == 7) {
        if (line_count == room) lines = realloc(lines, (room = 2 * room + 1024) * sizeof *lines);
        lines[line_count++] = l;
        if (l.frame > last_frame) last_frame = l.frame;
    }
    fclose(file);
}

static bool works(int mode) {
    char text[64] = "1;2;3;4";
    script_text("modes", text, sizeof text);
    char *rest = text, *word;
    while ((word = strsep(&rest, ";"))) if (atoi(word) == mode) return true;
    return false;
}

EXPORT int k4abt_tracker_create(const calibration *of, tracker_configuration configuration, void **into) {
    *into = 0;
    give(&ledger[TRIES]);
    take(&ledger[TRIES]);
    // A wild pointer here means that the structs do not agree.
    if (configuration.model && !strlen(configuration.model)) abort();
    if (script("needs_network", 0) && !configuration.model) return FAILED;
    if (configuration.model && access(configuration.model, R_OK)) return FAILED;
    if (only || of->depth_mode == 0 || of->depth_mode == 5 || configuration.orientation || !works(configuration.mode))
        return FAILED;
    read_joints();
    usleep((useconds_t)script("create_us", 0));
    tracker *made = calloc(1, sizeof *made);
    made->magic = A_TRACKER;
    made->born = now_micros();
    only = made;
    give(&ledger[TRACKER]);
    *into = made;
    return OK;
}
#endif

EXPORT void k4abt_frame_release(frame *of) {
    LIVE(of, A_FRAME);
    if (--of->references) return;
    k4a_capture_release(of->capture);
    of->magic = 0;
    free(of);
    take(&ledger[FRAME]);
}

EXPORT void k4abt_tracker_shutdown(tracker *of) { LIVE(of, A_TRACKER); of->shut = true; }

EXPORT void k4abt_tracker_destroy(tracker *of) {
    LIVE(of, A_TRACKER);
    for (int i = 0; i < of->inside; i++) k4abt_frame_release(of->queue[i]);
    of->magic = 0;
    free(of);
    only = 0;
    take(&ledger[TRACKER]);
}

EXPORT int k4abt_tracker_enqueue_capture(tracker *of, void *capture, int timeout) {
    LIVE(of, A_TRACKER);
    void *depth = k4a_capture_get_depth_image(capture), *infrared = k4a_capture_get_ir_image(capture);
    uint64_t micros = depth ? k4a_image_get_device_timestamp_usec(depth) : 0;
    uint64_t nanos = depth ? k4a_image_get_system_timestamp_nsec(depth) : 0;
    if (depth) k4a_image_release(depth);
    if (infrared) k4a_image_release(infrared);
    if (of->shut || !depth || !infrared) return FAILED;
    long every = script("full_every", 0);
    of->asked++;
    long after = script_between("full_after", -1);
    of->full |= script("full", 0) || (after >= 0 && of->taken >= (uint64_t)after);
    if (of->inside == QUEUE || of->full || (every && of->asked % (uint64_t)every == 0)) {
        doze((timeout < 0 ? 1000 : timeout) * 1000L);
        return TIMEOUT;
    }
    frame *made = calloc(1, sizeof *made);
    *made = (frame){A_FRAME, 1, capture, micros, nanos, of->taken++};
    k4a_capture_reference(capture);
    give(&ledger[FRAME]);
    of->queue[of->inside++] = made;
    return OK;
}

EXPORT int k4abt_tracker_pop_result(tracker *of, void **into, int timeout) {
    LIVE(of, A_TRACKER);
    *into = 0;
    long crash = script_between("crash_after", -1), hang = script_between("hang_after", -1);
    if (crash >= 0 && of->popped >= (uint64_t)crash) *(volatile int *)0 = 1;
    while (hang >= 0 && of->popped >= (uint64_t)hang) usleep(100000);
    long stop = script("stop_after", -1), deaf = script("deaf_after", -1);
    if (stop >= 0 && of->popped >= (uint64_t)stop) return FAILED;
    bool early = !of->popped && now_micros() < of->born + (uint64_t)script("deaf_for_us", 0);
    if (!of->inside || early || (deaf >= 0 && of->popped >= (uint64_t)deaf)) {
        if (of->shut) return FAILED;
        doze((timeout < 0 ? 1000 : timeout) * 1000L);
        return TIMEOUT;
    }
    doze(script("slow_us", 0));
    of->popped++;
    *into = of->queue[0];
    memmove(of->queue, of->queue + 1, sizeof of->queue[0] * (size_t)--of->inside);
    return OK;
}

// Body `index` of six is there for two thirds of the time, and comes back under another id.
static bool there(uint64_t number, uint32_t index) { return number / (5 + index) % 3 != 2; }
static uint32_t id_of(uint64_t number, uint32_t index) { return 1 + index + 6 * (uint32_t)(number / (5 + index) / 3); }

// The bodies of a frame: their ids in the order of the recording or the script.
static uint32_t bodies_of(const frame *of, uint32_t *ids) {
    uint32_t count = 0;
    if (line_count) {
        int number = (int)(of->number % (uint64_t)(last_frame + 1));
        for (size_t i = 0; i < line_count; i++)
            if (lines[i].frame == number && lines[i].joint == 0 && count < 8) ids[count++] = (uint32_t)lines[i].body;
        return count;
    }
    if (script("churn", 0)) {
        for (uint32_t index = 0; index < 6; index++)
            if (there(of->number, index)) ids[count++] = id_of(of->number, index);
        return count;
    }
    long bodies = script("bodies", 1);
    while (count < (uint32_t)bodies && count < 8) { ids[count] = count + 1; count++; }
    return count;
}

EXPORT uint32_t k4abt_frame_get_num_bodies(frame *of) {
    LIVE(of, A_FRAME);
    uint32_t ids[8];
    return bodies_of(of, ids);
}

EXPORT uint32_t k4abt_frame_get_body_id(frame *of, uint32_t index) {
    LIVE(of, A_FRAME);
    uint32_t ids[8];
    if (index >= bodies_of(of, ids)) return UINT32_MAX;
    return script("invalid_ids", 0) ? UINT32_MAX : ids[index];
}

EXPORT int k4abt_frame_get_body_skeleton(frame *of, uint32_t index, skeleton *into) {
    LIVE(of, A_FRAME);
    uint32_t ids[8];
    if (index >= bodies_of(of, ids)) return FAILED;
    memset(into, 0, sizeof *into);
    if (line_count) {
        int number = (int)(of->number % (uint64_t)(last_frame + 1));
        for (size_t i = 0; i < line_count; i++)
            if (lines[i].frame == number && (uint32_t)lines[i].body == ids[index]) {
                joint *to = &into->joints[lines[i].joint & 31];
                memcpy(to->position, lines[i].position, sizeof to->position);
                to->confidence = lines[i].confidence;
            }
        return OK;
    }
    for (int at = 0; at < 32; at++) {
        joint *to = &into->joints[at];
        to->position[0] = 10.0f * (float)at + 400.0f * (float)ids[index];
        to->position[1] = -20.0f * (float)at;
        to->position[2] = 2000.0f + (float)of->number;
        to->confidence = at % 3;
    }
    long nan_every = script("nan_every", 0);
    if (nan_every && index == 0 && of->number % (uint64_t)nan_every == 0) into->joints[3].position[1] = NAN;
    return OK;
}

EXPORT uint64_t k4abt_frame_get_device_timestamp_usec(frame *of) { LIVE(of, A_FRAME); return of->micros; }
EXPORT uint64_t k4abt_frame_get_system_timestamp_nsec(frame *of) { LIVE(of, A_FRAME); return of->nanos; }
