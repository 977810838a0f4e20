// Writes a recording of made depth and infrared images with the real k4arecord: make_mkv FILE CALIBRATION CAPTURES.
#include "fake.h"

static account ledger[] = {{0, 0, 0}};
static const char *const library_name = "make_mkv";

extern int k4a_record_create(const char *, void *, device_configuration, void **);
extern int k4a_record_add_attachment(void *, const char *, const uint8_t *, size_t);
extern int k4a_record_add_tag(void *, const char *, const char *);
extern int k4a_record_write_header(void *);
extern int k4a_record_write_capture(void *, void *);
extern int k4a_record_flush(void *);
extern void k4a_record_close(void *);
extern int k4a_capture_create(void **);
extern void k4a_capture_release(void *);
extern int k4a_image_create(int, int, int, int, void **);
extern uint8_t *k4a_image_get_buffer(void *);
extern void k4a_image_set_device_timestamp_usec(void *, uint64_t);
extern void k4a_image_release(void *);
extern void k4a_capture_set_depth_image(void *, void *);
extern void k4a_capture_set_ir_image(void *, void *);

#define DO(call) do { int result = (call); if (result) { printf("%s gave %d\n", #call, result); return 1; } } while (0)

int main(int count, char **words) {
    if (count != 4) return 2;
    FILE *file = fopen(words[2], "rb");
    static char json[65536];
    size_t size = file ? fread(json, 1, sizeof json - 1, file) : 0;
    device_configuration configuration = {.depth_mode = 2, .camera_fps = 2};
    void *record;
    DO(k4a_record_create(words[1], 0, configuration, &record));
    DO(k4a_record_add_attachment(record, "calibration.json", (uint8_t *)json, size));
    DO(k4a_record_add_tag(record, "K4A_CALIBRATION_FILE", "calibration.json"));
    DO(k4a_record_write_header(record));
    for (int number = 0; number < atoi(words[3]); number++) {
        void *capture;
        DO(k4a_capture_create(&capture));
        for (int kind = 0; kind < 2; kind++) {
            void *image;
            DO(k4a_image_create(kind ? IR16 : DEPTH16, 640, 576, 1280, &image));
            memset(k4a_image_get_buffer(image), 7, 640 * 576 * 2);
            k4a_image_set_device_timestamp_usec(image, 1000000u + 33333u * (uint64_t)number);
            if (kind) k4a_capture_set_ir_image(capture, image); else k4a_capture_set_depth_image(capture, image);
            k4a_image_release(image);
        }
        DO(k4a_record_write_capture(record, capture));
        k4a_capture_release(capture);
    }
    DO(k4a_record_flush(record));
    k4a_record_close(record);
    return 0;
}
