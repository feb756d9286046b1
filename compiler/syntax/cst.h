// The concrete syntax tree: ANTLR's parse tree in two flat arrays, without ANTLR. Made by the bridge, read by the AST
// builder, then thrown away. Flat, because a chain such as `a.b.b.b…` makes it as deep as the file is long.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <BylawRules.h>

#include "compiler/syntax/tokens.h"

namespace bylaw::compiler {

using grammar::Rule;

struct CstNode {
  Rule rule = Rule::kToken;
  bool failed = false;    // a syntax error ended it; what follows in it is missing
  Tok token = Tok::kEnd;  // for kToken
  uint32_t begin = 0;     // bytes
  uint32_t end = 0;
  uint32_t first_child = 0;  // in Cst::children
  uint32_t num_children = 0;
};

struct Cst {
  std::vector<CstNode> nodes;  // children before their parents; the root is the last
  std::vector<uint32_t> children;

  const CstNode& root() const { return nodes.back(); }
  std::span<const uint32_t> ChildrenOf(const CstNode& node) const {
    return std::span(children).subspan(node.first_child, node.num_children);
  }
};

}  // namespace bylaw::compiler
