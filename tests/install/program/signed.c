/* Takes a bundle only when it is signed by a key, through the C interface, and prints the number of its rules: the same as signed.cc.
 *
 *   signed BUNDLE KEY.pub */
#include <bylaw/bylaw.h>

#include <stdio.h>

static size_t ReadFile(const char* path, char* bytes, size_t size) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) return 0;
  size = fread(bytes, 1, size, file);
  fclose(file);
  return size;
}

int main(int argc, char** argv) {
  static char bundle[1 << 22], key[1 << 12];
  bylaw_error* error = NULL;
  if (argc != 3) return 4;
  const size_t num_bytes = ReadFile(argv[1], bundle, sizeof bundle);
  ReadFile(argv[2], key, sizeof key - 1);
  bylaw_policies* policies = bylaw_policies_from_signed_bytes(bundle, num_bytes, argv[1], key, &error);
  if (policies == NULL) {
    printf("%s\n", bylaw_error_message(error));
    bylaw_error_free(error);
    return 3;
  }
  printf("%zu rules\n", bylaw_policies_num_rules(policies));
  bylaw_policies_free(policies);
  return 0;
}
