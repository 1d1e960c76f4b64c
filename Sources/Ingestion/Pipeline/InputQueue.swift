import IMAP

/// The inputs to parse: files, which are known in advance, and messages, which arrive one by one. A thread that adds
/// messages faster than they are parsed has to wait.
final class InputQueue: Sendable {
  /// Inputs that one thread reads together, because waking another thread costs more than reading a small input.
  struct Chunk {
    let number: Int
    let firstInput: Int
    let inputs: [PendingInput]
  }

  private struct State {
    var files: ArraySlice<PendingInput> = []
    var fileChunk = 1
    var messages: [PendingInput] = []
    var bytes: Int64 = 0
    /// Number of threads that may still add inputs.
    var producers = 0
    var isCancelled = false
    var nextChunk = 0
    var nextInput = 0
  }

  private let state = Monitor(State())
  private let threads: Int

  /// Maximum number of waiting messages, and of their bytes.
  private static let maxMessages = 64
  private static let maxBytes: Int64 = 32 << 20

  /// Maximum number of files that one thread reads together.
  private static let maxFiles = 48

  init(threads: Int) { self.threads = threads }

  /// Adds files.
  func add(files: [PendingInput]) {
    state.update { state in
      state.files = state.files + files
      state.fileChunk = max(1, min(Self.maxFiles, state.files.count / (threads * 4)))
    }
  }

  /// Adds a message. Blocks while the queue is full.
  func add(_ input: PendingInput) {
    state.wait { state -> Void? in
      guard state.isCancelled || !Self.isFull(state, for: input) else { return nil }
      state.messages.append(input)
      state.bytes += input.size
      return ()
    }
  }

  private static func isFull(_ state: State, for input: PendingInput) -> Bool {
    guard !state.messages.isEmpty else { return false }
    return state.messages.count >= maxMessages || state.bytes + input.size > maxBytes
  }

  /// Registers a thread that adds inputs; ``removeProducer()`` marks that it has added all of them.
  func addProducer() { state.update { $0.producers += 1 } }

  /// Marks that a thread has added all its inputs.
  func removeProducer() { state.update { $0.producers -= 1 } }

  /// Discards all inputs, including later ones.
  func cancel() {
    state.update { state in
      state.isCancelled = true
      state.messages = []
      state.files = []
      state.bytes = 0
    }
  }

  /// The next inputs. Blocks until there are some; nil if no more will arrive.
  func take() -> Chunk? {
    let next: Chunk?? = state.wait { state in
      if let chunk = Self.chunk(&state, threads) { return .some(chunk) }
      return state.isCancelled || state.producers == 0 ? .some(nil) : nil
    }
    return next ?? nil
  }

  private static func chunk(_ state: inout State, _ threads: Int) -> Chunk? {
    var inputs = Array(state.files.prefix(state.fileChunk))
    state.files = state.files.dropFirst(inputs.count)
    if inputs.isEmpty { inputs = messages(&state, threads) }
    guard !inputs.isEmpty else { return nil }
    defer {
      state.nextChunk += 1
      state.nextInput += inputs.count
    }
    return Chunk(number: state.nextChunk, firstInput: state.nextInput, inputs: inputs)
  }

  /// A share of the waiting messages.
  private static func messages(_ state: inout State, _ threads: Int) -> [PendingInput] {
    let inputs = Array(state.messages.prefix(max(1, state.messages.count / threads)))
    state.messages.removeFirst(inputs.count)
    state.bytes -= inputs.reduce(0) { $0 + $1.size }
    return inputs
  }
}
