import Glibc

/// A journal entry about one input or one message in it: 64 bytes of the file.
struct JournalEntry: Hashable {
  enum Kind: UInt8 {
    /// Being read, or read but not committed yet.
    case underWay = 1
    /// Under way when a run crashed.
    case suspect = 2
    /// Under way in isolation.
    case isolated = 3
    /// Not read any more.
    case quarantined = 4
  }

  var kind: Kind
  /// The strikes against it, see ``CrashEvidence``.
  var strikes: UInt8 = 0
  /// The number of crashes while nothing else was read, whatever the cause.
  var deaths: UInt8 = 0
  var key: ReadingJournal.Key
  /// The byte offsets of messages in an mbox file; nil for a whole input.
  var messages: ClosedRange<Int64>?
  /// The number of runs that have passed the entry on: its input may be gone.
  var age: UInt8 = 0
  /// A hash of the sources of the run that had it under way.
  var sources: UInt16 = 0
  /// The fingerprint of the message, to distinguish it from another one at the same offset; 0 for several messages.
  var fingerprint: UInt64 = 0

  static let length = 64
  /// The maximum number of entries. A journal has few more than a group of inputs that is committed together.
  private static let maxEntries = 100_000

  var isUnderWay: Bool { kind == .underWay || kind == .isolated }

  /// Whether both are about the same messages of the same input.
  func isSame(as other: JournalEntry) -> Bool {
    key == other.key && messages == other.messages && kind == other.kind && fingerprint == other.fingerprint
  }

  /// Whether this is about the same single message as another entry.
  func isAbout(_ other: JournalEntry) -> Bool {
    key.name == other.key.name && messages == other.messages && fingerprint == other.fingerprint
  }

  /// The entry for the next run after a crash; nil if it has not been met for too long.
  /// - Parameter more: the strikes for the crash if nothing else was being read.
  func afterCrash(strikes more: UInt8) -> JournalEntry? {
    guard age < UInt8.max else { return nil }
    var next = self
    next.age = isUnderWay ? 0 : age + 1
    switch kind {
    case .underWay: next.kind = .suspect
    case .isolated:
      next.deaths = UInt8(clamping: Int(deaths) + 1)
      next.strikes = UInt8(clamping: Int(strikes) + Int(more))
      next.kind = next.strikes >= CrashEvidence.enoughStrikes ? .quarantined : .suspect
    case .suspect, .quarantined: break
    }
    return next
  }

  /// A suspect after a run that examined all of its sources without meeting it; nil after three such runs.
  var afterMissing: JournalEntry? {
    guard Int(age) + Self.missingAge < UInt8.max else { return nil }
    var next = self
    next.age += UInt8(Self.missingAge)
    return next
  }

  private static let missingAge = 90

  /// The entry after an orderly end; nil if nothing remains.
  var afterOrderlyEnd: JournalEntry? {
    guard kind == .isolated else { return nil }
    var next = self
    next.kind = .suspect
    return next
  }

  // MARK: Bytes

  var bytes: [UInt8] {
    var bytes: [UInt8] = [kind.rawValue, strikes, messages == nil ? 0 : 1, age, deaths, 0]
    withUnsafeBytes(of: sources.littleEndian) { bytes.append(contentsOf: $0) }
    for number in [messages?.lowerBound ?? 0, messages?.upperBound ?? 0] {
      withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }
    withUnsafeBytes(of: fingerprint.littleEndian) { bytes.append(contentsOf: $0) }
    return bytes + key.name + key.state
  }

  init(
    _ kind: Kind, _ key: ReadingJournal.Key, strikes: UInt8 = 0, messages: ClosedRange<Int64>? = nil,
    fingerprint: UInt64 = 0
  ) {
    self.kind = kind
    self.key = key
    self.strikes = strikes
    self.messages = messages
    self.fingerprint = fingerprint
  }

  /// Decodes an entry; nil for a free slot and for invalid bytes.
  init?(_ bytes: ArraySlice<UInt8>) {
    let bytes = Array(bytes)
    guard bytes.count == Self.length, let kind = Kind(rawValue: bytes[0]) else { return nil }
    func number(_ start: Int) -> UInt64 {
      bytes[start..<start + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    let (first, last) = (Int64(bitPattern: number(8)), Int64(bitPattern: number(16)))
    guard first <= last else { return nil }
    self.init(
      kind, ReadingJournal.Key(name: bytes[32..<48], state: bytes[48..<64]), strikes: bytes[1],
      messages: bytes[2] == 1 ? first...last : nil, fingerprint: number(24))
    age = bytes[3]
    deaths = bytes[4]
    sources = UInt16(bytes[6]) | UInt16(bytes[7]) << 8
  }

  /// The record about the run that wrote a journal, and the entries.
  static func read(_ descriptor: Int32) -> (note: CrashEvidence?, entries: [JournalEntry]) {
    var bytes = [UInt8](repeating: 0, count: maxEntries * length)
    var count = 0
    while count < bytes.count {
      let got = bytes.withUnsafeMutableBytes { buffer in
        pread(descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count, off_t(count))
      }
      guard got > 0 else { break }
      count += got
    }
    let entries = stride(from: 0, to: count - length + 1, by: length).compactMap {
      JournalEntry(bytes[$0..<$0 + length])
    }
    return (CrashEvidence(bytes.prefix(count)), entries)
  }
}
