// Basic blocks and their order. The order is a weak topological order (Bourdoncle 1993): strongly connected components
// in topological order, each contiguous and opened at its entry, so that a loop's blocks stand together, nested loops
// too. No recursion: a kernel may nest as deep as it likes.
#include "src/ptx/cfg.h"

#include <algorithm>

namespace qiao::ptx {

namespace {

using isa::Kind;

bool ends_block(const Instruction& instruction) {
  Kind kind = instruction.form->kind;
  return kind == Kind::Branch || kind == Kind::BranchIndex || kind == Kind::Return || kind == Kind::Exit;
}

class Builder {
 public:
  explicit Builder(const Function& function) : function_(function) {}

  Cfg build() {
    find_blocks();
    for (Block& block : blocks_) connect(block);
    if (!blocks_.empty()) order_blocks();
    return finish();
  }

 private:
  // Blocks in source order. A label at the very end gets an empty block: going there returns.
  void find_blocks() {
    const size_t count = function_.body.size();
    std::vector<bool> leader(count + 1, false);
    leader[0] = count > 0;
    for (uint32_t at : function_.labels) leader[at] = true;
    for (size_t i = 0; i < count; i++) {
      if (ends_block(function_.body[i]) && i + 1 < count) leader[i + 1] = true;
    }
    block_at_.assign(count + 1, kNoId);
    for (uint32_t i = 0; i <= count; i++) {
      if (leader[i]) {
        if (!blocks_.empty()) blocks_.back().last = i;
        blocks_.push_back({i, static_cast<uint32_t>(count), {}, static_cast<uint32_t>(blocks_.size())});
      }
      block_at_[i] = blocks_.empty() ? kNoId : static_cast<uint32_t>(blocks_.size() - 1);
    }
    if (!leader[count]) block_at_[count] = kNoId;
  }

  uint32_t block_of_label(LabelId label) const { return block_at_[function_.labels[label]]; }

  void connect(Block& block) {
    bool falls_through = true;
    if (block.first != block.last) {
      const Instruction& end = function_.body[block.last - 1];
      falls_through = !ends_block(end) || end.guard != kNoId;
      if (end.form->kind == Kind::Branch) {
        block.successors.push_back(block_of_label(end.operands[0].id));
      } else if (end.form->kind == Kind::BranchIndex) {
        for (LabelId target : function_.branch_targets.at(end.operands[1].id)) {
          block.successors.push_back(block_of_label(target));
        }
      }
    }
    if (falls_through && block.source_order + 1 < blocks_.size()) block.successors.push_back(block.source_order + 1);
  }

  // A part of the graph that is still to be ordered: one block, or a loop with its entry first.
  struct Part {
    std::vector<uint32_t> members;
    bool loop = false;
  };

  void order_blocks() {
    region_.assign(blocks_.size(), 0);
    position_.assign(blocks_.size(), kNoId);
    loop_size_.assign(blocks_.size(), 0);
    std::vector<uint32_t> all;
    for (uint32_t i = 0; i < blocks_.size(); i++) all.push_back(i);
    find_predecessors();
    std::vector<Part> todo;
    split({all, true}, todo, false);
    while (!todo.empty()) {
      Part part = std::move(todo.back());
      todo.pop_back();
      if (part.loop) {
        split(std::move(part), todo, true);
      } else {
        position_[part.members[0]] = static_cast<uint32_t>(order_.size());
        order_.push_back(part.members[0]);
      }
    }
  }

  void find_predecessors() {
    predecessors_.resize(blocks_.size());
    for (const Block& block : blocks_) {
      for (uint32_t next : block.successors) predecessors_[next].push_back(block.source_order);
    }
  }

  // Moves the block where control enters the loop to the front; more than one such block: irreducible.
  void find_entry(Part& part) {
    std::vector<uint32_t> entries;
    for (uint32_t member : part.members) {
      bool from_outside = member == 0;
      for (uint32_t from : predecessors_[member]) from_outside |= region_[from] != region_[member] && reached_[from];
      if (from_outside) entries.push_back(member);
    }
    irreducible_ |= entries.size() > 1;
    if (entries.empty()) return;
    uint32_t entry = *std::min_element(entries.begin(), entries.end());
    std::iter_swap(part.members.begin(), std::find(part.members.begin(), part.members.end(), entry));
  }

  // Splits a part into its components, ignoring edges back to its entry, and puts them on `todo`, the first on top.
  void split(Part part, std::vector<Part>& todo, bool is_loop) {
    uint32_t region = ++regions_;
    for (uint32_t member : part.members) region_[member] = region;
    if (is_loop) {
      find_entry(part);
      loop_size_[part.members[0]] = static_cast<uint32_t>(part.members.size());
    }
    std::vector<Part> components = components_from(part.members[0], region, is_loop);
    if (!is_loop) reached_ = index_;
    for (Part& component : components) todo.push_back(std::move(component));
  }

  // Tarjan's algorithm from `entry` within a region, with an explicit stack; yields reverse topological order.
  std::vector<Part> components_from(uint32_t entry, uint32_t region, bool cut_entry) {
    struct Frame {
      uint32_t block;
      size_t next;
    };
    std::vector<Part> found;
    std::vector<Frame> path;
    std::vector<uint32_t> stack;
    uint32_t counter = 0;
    if (index_.empty()) {
      index_.assign(blocks_.size(), 0);
      low_.assign(blocks_.size(), 0);
      on_stack_.assign(blocks_.size(), false);
      seen_in_.assign(blocks_.size(), 0);
    }
    auto enter = [&](uint32_t block) {
      seen_in_[block] = region;
      index_[block] = low_[block] = ++counter;
      on_stack_[block] = true;
      stack.push_back(block);
      path.push_back({block, 0});
    };
    enter(entry);
    while (!path.empty()) {
      Frame& frame = path.back();
      uint32_t block = frame.block;
      if (frame.next < blocks_[block].successors.size()) {
        uint32_t next = blocks_[block].successors[frame.next++];
        if (region_[next] != region || (cut_entry && next == entry)) continue;
        if (seen_in_[next] != region) {
          enter(next);
        } else if (on_stack_[next]) {
          low_[block] = std::min(low_[block], index_[next]);
        }
        continue;
      }
      path.pop_back();
      if (!path.empty()) low_[path.back().block] = std::min(low_[path.back().block], low_[block]);
      if (low_[block] == index_[block]) found.push_back(pop_component(stack, block));
    }
    return found;
  }

  Part pop_component(std::vector<uint32_t>& stack, uint32_t root) {
    Part part;
    uint32_t member = kNoId;
    do {
      member = stack.back();
      stack.pop_back();
      on_stack_[member] = false;
      part.members.push_back(member);
    } while (member != root);
    part.loop = part.members.size() > 1;
    return part;
  }

  Cfg finish() {
    Cfg cfg;
    cfg.irreducible = irreducible_;
    for (uint32_t old : order_) {
      Block block = std::move(blocks_[old]);
      for (uint32_t& next : block.successors) next = position_[next];
      if (loop_size_[old] != 0) block.loop_end = position_[old] + loop_size_[old];
      cfg.blocks.push_back(std::move(block));
    }
    auto number = [&](uint32_t at) { return block_at_[at] == kNoId ? kNoId : position_[block_at_[at]]; };
    for (uint32_t at : function_.labels) cfg.block_of_label.push_back(number(at));
    for (uint32_t i = 0; i < function_.body.size(); i++) cfg.block_of_instruction.push_back(number(i));
    return cfg;
  }

  const Function& function_;
  std::vector<Block> blocks_;
  std::vector<uint32_t> block_at_;
  std::vector<std::vector<uint32_t>> predecessors_;
  std::vector<uint32_t> region_;    // the smallest part a block is in, so far
  std::vector<uint32_t> position_;  // the final number
  std::vector<uint32_t> order_;
  std::vector<uint32_t> loop_size_;  // of the loop whose entry the block is
  std::vector<uint32_t> reached_;    // not 0: reachable from the entry
  std::vector<uint32_t> index_, low_, seen_in_;
  std::vector<bool> on_stack_;
  uint32_t regions_ = 0;
  bool irreducible_ = false;
};

}  // namespace

Cfg build_cfg(const Function& function) {
  return Builder(function).build();
}

}  // namespace qiao::ptx
