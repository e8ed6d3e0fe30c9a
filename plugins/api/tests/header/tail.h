
/* Text for a static table: .name = HARNESS_STR("step"). */
#define HARNESS_STR(literal) { (literal), sizeof(literal) - 1 }

/* Text for a call, of a string that ends with a zero byte: host->set_error(host->ctx, harness_str(buffer)). */
static inline HarnessStr harness_str(const char *text) {
    HarnessStr str;
    str.ptr = text;
    str.len = strlen(text);
    return str;
}

/* Whether two texts are the same: harness_str_equal(config->values[0]->text, harness_str("nesterov")). */
static inline int harness_str_equal(HarnessStr a, HarnessStr b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Whether a table from the harness is long enough to have a field (rule 1). All fields of 1.0 are always there; ask
 * before you use one that a later minor version appended. */
#define HARNESS_HAS(table, field) \
    ((size_t)((const char *)(&(table)->field + 1) - (const char *)(table)) <= (table)->struct_size)

#if defined(_WIN32)
#define HARNESS_VISIBLE __declspec(dllexport)
#else
#define HARNESS_VISIBLE __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
#define HARNESS_EXPORT extern "C" HARNESS_VISIBLE
#else
#define HARNESS_EXPORT HARNESS_VISIBLE
#endif

/* Exports the optimizers of a library, once per library:
 *     static const HarnessOptimizer *const OPTIMIZERS[] = { &ONE, &OTHER };
 *     HARNESS_PLUGIN(OPTIMIZERS); */
#define HARNESS_PLUGIN(optimizer_array)                                                              \
    HARNESS_EXPORT const HarnessEntry harness_plugin_entry;                                          \
    const HarnessEntry harness_plugin_entry = {                                                      \
        HARNESS_MAGIC,                                                                               \
        HARNESS_ABI_MAJOR,                                                                           \
        HARNESS_ABI_MINOR,                                                                           \
        HARNESS_ABI_LAYOUT,                                                                          \
        sizeof(HarnessEntry),                                                                        \
        (optimizer_array),                                                                           \
        sizeof(optimizer_array) / sizeof((optimizer_array)[0])}

#ifdef __cplusplus
}
#endif

#endif /* HARNESS_PLUGIN_H */
