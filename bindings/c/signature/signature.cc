// The part of the C interface that checks signatures: in libbylaw-signature.
#include "runtime/signature/signature.h"

#include "bindings/c/bylaw.h"
#include "bindings/c/handles.h"

bylaw_policies* bylaw_policies_from_signed_bytes(const void* bytes, size_t num_bytes, const char* name,
                                                 const char* public_key, bylaw_error** error) {
  return bylaw::c::Guarded<bylaw_policies>(error, [&]() -> bylaw::Result<bylaw::PolicySet> {
    BYLAW_ASSIGN(const bylaw::PublicKey key,
                 bylaw::PublicKey::FromText(public_key == nullptr ? "" : public_key, "(public key)"));
    return bylaw::PoliciesFromSignedBytes({static_cast<const char*>(bytes), num_bytes},
                                          name == nullptr ? "(bundle)" : name, key);
  });
}
