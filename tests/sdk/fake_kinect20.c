// A Kinect20.dll without a sensor: vtables filled by hand at the slots of Kinect.h, every other slot empty, so that a call
// through a wrong one ends the process. Script (SYNSE_FAKE): absent=1, fails=1, unplug_after=N, replug_after=N (frames and
// then calls of get_IsAvailable), unplug_every=N (the same again and again), hurried=1 (the event of a new frame wakes who
// waits even when there is none, so that waiting in vain takes no time). SYNSE_FAKE_LEDGER is a file for the number of objects given out and taken back.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

typedef struct object { void **slots; LONG references; int index; } object;
typedef struct { int type; float x, y, z; int state; } joint;
static LONG given, taken, frames_out, frame, asked;
static HANDLE arrived;
static volatile LONG running;

static long script(const char *key, long otherwise) {
    const char *at = getenv("SYNSE_FAKE");
    size_t length = strlen(key);
    for (; at && *at; at += strcspn(at, " "), at += *at == ' ')
        if (!strncmp(at, key, length) && at[length] == '=') return atol(at + length + 1);
    return otherwise;
}

static void *sensor_slots[21], *source_slots[12], *reader_slots[10], *event_slots[4], *frame_slots[7], *body_slots[19];

static object *make(void **slots, int index) {
    object *made = calloc(1, sizeof *made);
    *made = (object){slots, 1, index};
    InterlockedIncrement(&given);
    if (slots == frame_slots) InterlockedIncrement(&frames_out);
    return made;
}

static HRESULT WINAPI query(object *of, const IID *iid, void **into) { (void)of; (void)iid; *into = 0; return E_NOINTERFACE; }
static ULONG WINAPI add(object *of) { return (ULONG)InterlockedIncrement(&of->references); }
static ULONG WINAPI release(object *of) {
    LONG left = InterlockedDecrement(&of->references);
    if (left) return (ULONG)left;
    if (of->slots == frame_slots) InterlockedDecrement(&frames_out);
    free(of);
    InterlockedIncrement(&taken);
    return 0;
}

static BOOL unplugged(void) {
    static LONG plugged_in;
    long after = script("unplug_after", -1), back = script("replug_after", -1), every = script("unplug_every", -1);
    if (every > 0) {
        if (frame - plugged_in < every) asked = 0;
        else if (asked > back) plugged_in = frame;
        return frame - plugged_in >= every;
    }
    return after >= 0 && frame >= after && !(back >= 0 && asked > back);
}

static HRESULT WINAPI open_sensor(object *of) { (void)of; return script("fails", 0) ? E_FAIL : S_OK; }
static HRESULT WINAPI close_sensor(object *of) { (void)of; return S_OK; }
static HRESULT WINAPI is_available(object *of, BOOLEAN *into) {
    (void)of;
    InterlockedIncrement(&asked);
    *into = !script("absent", 0) && !unplugged();
    return S_OK;
}
static HRESULT WINAPI unique_id(object *of, UINT size, WCHAR *into) {
    (void)of;
    if (size < 13) return E_INVALIDARG;
    lstrcpyW(into, L"091506243047");
    return S_OK;
}
static HRESULT WINAPI body_source(object *of, object **into) { (void)of; *into = make(source_slots, 0); return S_OK; }
static HRESULT WINAPI open_reader(object *of, object **into) { (void)of; *into = make(reader_slots, 0); return S_OK; }

static DWORD WINAPI tick(void *nothing) {
    (void)nothing;
    while (running) {
        Sleep(script("hurried", 0) ? 1 : 5);
        if ((unplugged() || script("absent", 0)) && !script("hurried", 0)) continue;
        SetEvent(arrived);
    }
    return 0;
}
static HRESULT WINAPI subscribe(object *of, INT_PTR *into) {
    (void)of;
    // It stays set until its data is taken.
    arrived = CreateEventA(0, TRUE, FALSE, 0);
    running = 1;
    CloseHandle(CreateThread(0, 0, tick, 0, 0, 0));
    *into = (INT_PTR)arrived;
    return S_OK;
}
static HRESULT WINAPI unsubscribe(object *of, INT_PTR handle) { (void)of; running = 0; return handle == (INT_PTR)arrived ? S_OK : E_INVALIDARG; }
static HRESULT WINAPI event_data(object *of, INT_PTR handle, object **into) {
    (void)of;
    if (handle != (INT_PTR)arrived) return E_INVALIDARG;
    ResetEvent(arrived);
    *into = make(event_slots, 0);
    return S_OK;
}
static HRESULT WINAPI latest_frame(object *of, object **into) {
    static DWORD newest;
    (void)of;
    *into = 0;
    DWORD now = GetTickCount();
    // Nothing new: too early, unplugged, or the frame before has not been released.
    if (unplugged() || script("absent", 0) || frames_out || now - newest < 5) return E_PENDING;
    newest = now;
    InterlockedIncrement(&frame);
    *into = make(frame_slots, 0);
    return S_OK;
}
static HRESULT WINAPI relative_time(object *of, INT64 *into) { (void)of; *into = (INT64)frame * 333330; return S_OK; }
static HRESULT WINAPI floor_plane(object *of, float *into) { (void)of; into[0] = 0; into[1] = 0.8f; into[2] = -0.6f; into[3] = 1.1f; return S_OK; }
static HRESULT WINAPI bodies(object *of, UINT count, object **into) {
    (void)of;
    if (count != 6) return E_INVALIDARG;
    for (int i = 0; i < 6; i++) if (into[i]) return E_INVALIDARG;
    for (int i = 0; i < 6; i++) into[i] = make(body_slots, i);
    return S_OK;
}
static HRESULT WINAPI joints(object *of, UINT count, joint *into) {
    if (count != 25) return E_INVALIDARG;
    for (int i = 0; i < 25; i++) into[i] = (joint){i, 0.01f * (float)i, -0.02f * (float)i, 2.5f + (float)of->index, i % 3};
    return S_OK;
}
static HRESULT WINAPI tracked(object *of, BOOLEAN *into) { *into = of->index == 1 || of->index == 3; return S_OK; }
static HRESULT WINAPI tracking_id(object *of, UINT64 *into) { *into = 72057594037927936ull + (UINT64)of->index; return S_OK; }
static HRESULT WINAPI hand(object *of, int *into) { (void)of; *into = 2; return S_OK; }

static void fill(void **slots) { slots[0] = query; slots[1] = add; slots[2] = release; }

__declspec(dllexport) HRESULT WINAPI GetDefaultKinectSensor(object **into) {
    fill(sensor_slots); fill(source_slots); fill(reader_slots); fill(event_slots); fill(frame_slots); fill(body_slots);
    sensor_slots[6] = open_sensor; sensor_slots[7] = close_sensor; sensor_slots[9] = is_available;
    sensor_slots[12] = body_source; sensor_slots[19] = unique_id;
    source_slots[8] = open_reader;
    reader_slots[3] = subscribe; reader_slots[4] = unsubscribe; reader_slots[5] = event_data; reader_slots[6] = latest_frame;
    frame_slots[3] = bodies; frame_slots[4] = floor_plane; frame_slots[5] = relative_time;
    body_slots[3] = joints; body_slots[9] = hand; body_slots[11] = hand; body_slots[14] = tracking_id; body_slots[15] = tracked;
    *into = make(sensor_slots, 0);
    return S_OK;
}

BOOL WINAPI DllMain(HINSTANCE library, DWORD reason, LPVOID nothing) {
    (void)library; (void)nothing;
    const char *path = getenv("SYNSE_FAKE_LEDGER");
    if (reason == DLL_PROCESS_DETACH && path) {
        FILE *file = fopen(path, "w");
        if (file) { fprintf(file, "%ld %ld", given, taken); fclose(file); }
    }
    return TRUE;
}
