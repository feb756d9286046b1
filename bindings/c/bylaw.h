/* bylaw.h: Bylaw's evaluator from C, and from whatever can call C.
 *
 *   bylaw_error* error = NULL;
 *   bylaw_policies* policies = bylaw_policies_from_file("org.bylawc", &error);   // what `bylaw compile` made; verified
 *   bylaw_input input = {sizeof input};
 *   input.path = "plan.json";
 *   bylaw_snapshot* snapshot = policies ? bylaw_load(policies, &input, 1, NULL, &error) : NULL;
 *   bylaw_report* report = snapshot ? bylaw_check(snapshot, NULL, &error) : NULL;
 *   if (!report) fprintf(stderr, "%s\n", bylaw_error_text(error));
 *   for (size_t i = 0; i < bylaw_report_num_results(report); ++i) {
 *     bylaw_result result = {sizeof result};
 *     bylaw_report_result(report, i, &result);
 *     printf("%s %s\n", result.address, result.message);
 *   }
 *   bylaw_report_free(report); bylaw_snapshot_free(snapshot); bylaw_policies_free(policies); bylaw_error_free(error);
 *
 * The interface is stable: functions keep their meaning, and structures only grow at their end. A structure's first member, `size`, is set by the caller to
 * its sizeof, so that a program built against an older header runs with a newer library. BYLAW_ABI_VERSION changes when that cannot be kept.
 *
 * Errors. A function that can fail takes `bylaw_error** error`, which may be NULL. When it fails it gives NULL and, where asked, an error for the caller to
 * free; *error is left alone when it succeeds. No exception comes out of here, nothing prints or exits, and neither environment nor locale are touched.
 * Ownership. What a function returns as a pointer to an object is the caller's, to be given to its bylaw_..._free once; NULL is fine there. Objects do not
 * depend on those that they were made from: these may be freed before. Texts are UTF-8, end in NUL, are never NULL unless it says so, and live as long as
 * the object that they were asked of. Memory is allocated and freed inside the library only.
 * Threads. There is no global state. Policies and snapshots never change: any number of threads may use one at the same time, and call bylaw_check on it.
 * A report or an error may be read from any number of threads. Freeing an object must come after the last use of it.
 */
#ifndef BYLAW_H
#define BYLAW_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BYLAW_ABI_VERSION 1

typedef struct bylaw_policies bylaw_policies;   /* compiled policies, verified */
typedef struct bylaw_snapshot bylaw_snapshot;   /* inputs, loaded for one set of policies */
typedef struct bylaw_report bylaw_report;       /* verdicts */
typedef struct bylaw_error bylaw_error;         /* what went wrong */
typedef struct bylaw_canceller bylaw_canceller; /* stops a check from another thread */

/* BYLAW_ABI_VERSION of the library, and its version: "0.1.0". */
uint32_t bylaw_abi_version(void);
const char* bylaw_version(void);

/* ---- Cancelling ---- */

bylaw_canceller* bylaw_canceller_new(void);              /* NULL: no memory */
void bylaw_canceller_cancel(bylaw_canceller* canceller); /* from any thread, any number of times */
void bylaw_canceller_free(bylaw_canceller* canceller);   /* after the calls that it was given to */

/* ---- Errors ---- */

const char* bylaw_error_text(const bylaw_error* error);    /* all of it, as the command prints it; "" for NULL */
const char* bylaw_error_message(const bylaw_error* error); /* without the place */
const char* bylaw_error_file(const bylaw_error* error);    /* "" when it is about no file */
uint32_t bylaw_error_line(const bylaw_error* error);       /* from 1; 0: not known */
uint32_t bylaw_error_column(const bylaw_error* error);
const char* bylaw_error_hint(const bylaw_error* error); /* what to do; may be "" */
void bylaw_error_free(bylaw_error* error);

/* ---- Policies ---- */

/* From a bundle's bytes (not kept); `name` is what errors call it. */
bylaw_policies* bylaw_policies_from_bytes(const void* bytes, size_t num_bytes, const char* name, bylaw_error** error);
bylaw_policies* bylaw_policies_from_file(const char* path, bylaw_error** error);
/* From a bundle that is signed by a key, and from nothing else: an unsigned one, one that another key signed, one that was changed by a bit are errors.
 * `public_key` is the text of the file NAME.pub that `bylaw keygen` wrote. This function alone is in libbylaw-signature, which needs libsodium:
 * find_package(bylaw COMPONENTS signature) and bylaw::signature, or pkg-config bylaw-signature. */
bylaw_policies* bylaw_policies_from_signed_bytes(const void* bytes, size_t num_bytes, const char* name,
                                                 const char* public_key, bylaw_error** error);
size_t bylaw_policies_num_rules(const bylaw_policies* policies);
void bylaw_policies_free(bylaw_policies* policies);

/* ---- Inputs ---- */

typedef struct bylaw_input {
  size_t size;       /* sizeof(bylaw_input) */
  const char* path;  /* a file or folder; with `bytes`, a name for messages */
  const void* bytes; /* NULL: read from `path`. They are copied. */
  size_t num_bytes;
  int context_only; /* not 0: answers joins, is not judged */
} bylaw_input;

typedef struct bylaw_load_options {
  size_t size;                      /* sizeof(bylaw_load_options); all else 0 is the default */
  int closed_world;                 /* the inputs are all there is */
  const char* input_format;         /* NULL: found by content */
  uint32_t max_depth;               /* of containers within each other; 0: 512 */
  uint32_t num_threads;             /* 0: one */
  uint32_t time_budget_ms;          /* 0: none. Looked at, as the canceller, once every 256 KB */
  uint64_t max_input_bytes;         /* most that all inputs may hold together; 0: no limit */
  const bylaw_canceller* canceller; /* may be NULL */
} bylaw_load_options;

/* Reads the inputs into one snapshot, of what the policies read. `options` may be NULL. */
bylaw_snapshot* bylaw_load(const bylaw_policies* policies, const bylaw_input* inputs, size_t num_inputs,
                           const bylaw_load_options* options, bylaw_error** error);
void bylaw_snapshot_free(bylaw_snapshot* snapshot);

/* A resource of one model, given field by field. What is NULL is not given. */
typedef struct bylaw_row {
  size_t size;         /* sizeof(bylaw_row) */
  const char* model;   /* "aws.subnet" */
  const char* address; /* what reports call it */
  const char*
      fields; /* JSON object: values by the model's field names; null: absent. A reference is the key of what it refers to */
  const char* unknown; /* JSON object of the same shape: true, or a text that says why, where a value is not known */
  const char *id, *account, *region;
  const char* tags; /* JSON object of texts */
} bylaw_row;

/* A snapshot of rows alone; what is not among them does not exist. */
bylaw_snapshot* bylaw_load_rows(const bylaw_policies* policies, const bylaw_row* rows, size_t num_rows,
                                bylaw_error** error);

/* The snapshot with some resources changed: what the rows give of them; what they do not give stays. Takes time for what has changed alone, but for the first
 * call on a snapshot. A check of it gives what a check of a snapshot loaded with those values gives, but for places, which are those of the resource as it was
 * loaded; with `only`, just the verdicts about these. The given snapshot stays as it is. Errors: a resource that is not there or makes several rows of its
 * model, a value not of its field's type, another key, id, account or region. */
bylaw_snapshot* bylaw_snapshot_with(const bylaw_snapshot* snapshot, const bylaw_row* rows, size_t num_rows,
                                    bylaw_error** error);

/* Whether some policy reads resources of the model. */
int bylaw_policies_reads(const bylaw_policies* policies, const char* model);

/* ---- Checking ---- */

typedef struct bylaw_param {
  const char* name;  /* qualified: "org.max_age" */
  const char* value; /* text, converted to the param's type; JSON for lists, sets and maps */
} bylaw_param;

typedef struct bylaw_resource {
  const char* model; /* "aws.subnet" */
  const char* address;
} bylaw_resource;

typedef struct bylaw_check_options {
  size_t size; /* sizeof(bylaw_check_options); all else 0 is the default */
  int64_t now; /* what `now` is in policies: microseconds since 1970-01-01T00:00:00Z */
  int closed_world;
  int all;                 /* passes and not-applicables are reported too */
  uint32_t num_threads;    /* 0: one. The report does not depend on it. */
  uint32_t time_budget_ms; /* 0: none */
  const bylaw_param* params;
  size_t num_params;
  const bylaw_canceller* canceller; /* may be NULL */
  uint64_t max_memory;              /* bytes of computed values; 0: 2 GiB */
  const bylaw_resource*
      only; /* only tuples whose first variable is one of these are judged, against the whole snapshot; the report */
  size_t num_only;    /* has the rules that range over their models alone. None: everything is judged */
  int inline_waivers; /* waivers that stand in the inputs, at the resources that they are for, are honoured */
  uint64_t
      max_results_per_rule; /* of a rule with more, only so many are in the report, the first ones by address; all are counted. 0: all */
} bylaw_check_options;

/* Judges a snapshot. `options` may be NULL. */
bylaw_report* bylaw_check(const bylaw_snapshot* snapshot, const bylaw_check_options* options, bylaw_error** error);
void bylaw_report_free(bylaw_report* report);

/* ---- Reports ---- */

typedef enum bylaw_verdict {
  BYLAW_NOT_APPLICABLE = 0,
  BYLAW_PASS = 1,
  BYLAW_WAIVED = 2,
  BYLAW_UNKNOWN = 3,
  BYLAW_FAIL = 4
} bylaw_verdict;

const char* bylaw_verdict_name(bylaw_verdict verdict); /* "fail" */

typedef struct bylaw_counts {
  size_t size; /* sizeof(bylaw_counts) */
  uint64_t fail, unknown, pass, waived, not_applicable;
} bylaw_counts;

typedef struct bylaw_rule {
  size_t size; /* sizeof(bylaw_rule) */
  const char *id, *name, *package, *title, *severity;
  uint64_t fail, unknown, pass, waived, not_applicable;
  int matched_nothing;
} bylaw_rule;

/* A place in an input. file "": none. */
typedef struct bylaw_location {
  const char* file;
  uint32_t line, column; /* from 1; 0: not known */
  const char* pointer;   /* RFC 6901 */
} bylaw_location;

typedef struct bylaw_result {
  size_t size;     /* sizeof(bylaw_result) */
  size_t rule;     /* for bylaw_report_rule */
  uint32_t clause; /* from 1 */
  bylaw_verdict verdict;
  const char* severity;
  const char *model, *type, *address, *id, *account, *region; /* of the resource; "" where not known */
  const char *message, *fix, *fingerprint;
  bylaw_location location;
  size_t num_witnesses, num_causes;
} bylaw_result;

typedef struct bylaw_witness {
  size_t size;         /* sizeof(bylaw_witness) */
  const char* binding; /* the policy's name for it */
  const char* text;
  const char* address; /* "" for a plain value */
  bylaw_location location;
} bylaw_witness;

typedef struct bylaw_cause {
  size_t size;        /* sizeof(bylaw_cause) */
  const char* reason; /* why a verdict is unknown */
  bylaw_location location;
} bylaw_cause;

/* Each fills *out, up to the size that it says, and gives 1; with an index that there is not it gives 0 and leaves *out alone. Results stand in the order
 * of rule, resource address, clause. */
int bylaw_report_counts(const bylaw_report* report, bylaw_counts* out);
size_t bylaw_report_num_rules(const bylaw_report* report);
int bylaw_report_rule(const bylaw_report* report, size_t rule, bylaw_rule* out);
size_t bylaw_report_num_results(const bylaw_report* report);
int bylaw_report_result(const bylaw_report* report, size_t result, bylaw_result* out);
int bylaw_report_witness(const bylaw_report* report, size_t result, size_t witness, bylaw_witness* out);
int bylaw_report_cause(const bylaw_report* report, size_t result, size_t cause, bylaw_cause* out);
/* Warnings: waivers that do not hold, files of a folder that were not read. */
size_t bylaw_report_num_warnings(const bylaw_report* report);
const char* bylaw_report_warning(const bylaw_report* report, size_t warning); /* NULL: there is no such one */

#ifdef __cplusplus
}
#endif

#endif
