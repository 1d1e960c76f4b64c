import Foundation
import Synchronization

/// What is to be read: files that are known from the start, and mails that come one by one. Whoever brings them faster than they are
/// read has to wait.
final class InputQueue: Sendable {
  /// Inputs that one thread reads together, because waking another thread costs more than reading a small one.
  struct Chunk {
    let number: Int
    let firstInput: Int
    let inputs: [PendingInput]
  }

  private struct State {
    var files: ArraySlice<PendingInput> = []
    var fileChunk = 1
    var arrivals: [PendingInput] = []
    var bytes: Int64 = 0
    /// Those who may still bring something.
    var bringers = 0
    var isCancelled = false
    var nextChunk = 0
    var nextInput = 0
  }

  private let state = Mutex(State())
  private let changed = NSCondition()
  private let threads: Int

  /// Mails that wait at most, and their bytes.
  private static let mostMails = 64
  private static let mostBytes: Int64 = 32 << 20

  init(threads: Int) { self.threads = threads }

  /// Adds files.
  func add(files: [PendingInput]) {
    change { state in
      state.files = state.files + files
      state.fileChunk = max(1, min(16, state.files.count / (threads * 4)))
    }
  }

  /// Adds a mail or an order, when there is room.
  func add(_ input: PendingInput) {
    changed.lock()
    defer { changed.unlock() }
    while state.withLock({ !$0.isCancelled && Self.isFull($0, for: input) }) { changed.wait() }
    state.withLock { state in
      state.arrivals.append(input)
      state.bytes += input.size
    }
    changed.broadcast()
  }

  private static func isFull(_ state: State, for input: PendingInput) -> Bool {
    if case .order = input { return false }
    guard !state.arrivals.isEmpty else { return false }
    return state.arrivals.count >= mostMails || state.bytes + input.size > mostBytes
  }

  /// Somebody is going to bring something; ``leave()`` tells that it was all.
  func enter() { change { $0.bringers += 1 } }

  func leave() { change { $0.bringers -= 1 } }

  /// Nobody wants any more.
  func cancel() {
    change { state in
      state.isCancelled = true
      state.arrivals = []
      state.files = []
      state.bytes = 0
    }
  }

  private func change(_ body: (inout State) -> Void) {
    changed.lock()
    state.withLock { body(&$0) }
    changed.broadcast()
    changed.unlock()
  }

  /// The next inputs, waiting for some; nil when no more will come.
  func take() -> Chunk? {
    changed.lock()
    defer { changed.unlock() }
    while true {
      let (chunk, isOver) = state.withLock { state in
        (Self.chunk(&state, threads), state.isCancelled || state.bringers == 0)
      }
      if let chunk {
        changed.broadcast()
        return chunk
      }
      if isOver { return nil }
      changed.wait()
    }
  }

  private static func chunk(_ state: inout State, _ threads: Int) -> Chunk? {
    var inputs = Array(state.files.prefix(state.fileChunk))
    state.files = state.files.dropFirst(inputs.count)
    if inputs.isEmpty { inputs = arrivals(&state, threads) }
    guard !inputs.isEmpty else { return nil }
    defer {
      state.nextChunk += 1
      state.nextInput += inputs.count
    }
    return Chunk(number: state.nextChunk, firstInput: state.nextInput, inputs: inputs)
  }

  /// A share of the mails that wait; an order comes alone, because somebody may wait for its answer.
  private static func arrivals(_ state: inout State, _ threads: Int) -> [PendingInput] {
    var count = 0
    for input in state.arrivals.prefix(max(1, state.arrivals.count / threads)) {
      if case .order = input {
        count = max(count, 1)
        break
      }
      count += 1
    }
    let inputs = Array(state.arrivals.prefix(count))
    state.arrivals.removeFirst(count)
    state.bytes -= inputs.reduce(0) { $0 + $1.size }
    return inputs
  }
}
