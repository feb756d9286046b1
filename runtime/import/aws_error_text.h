// AwsErrorText: what the AWS CLI prints where a call fails, as it ends up in a file that was to take the reply:
//
//   An error occurred (NoSuchBucketPolicy) when calling the GetBucketPolicy operation: The bucket policy does not exist
//
// Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bylaw {

/// {"Error": {"Code": …, "Operation": …, "Message": …}}, as the AWS SDKs have it; nothing when `text` is no such message.
std::optional<std::string> AwsErrorToJson(std::string_view text);

}  // namespace bylaw
