import DMARC

/// Rows and messages by report group, packed into the `detail` of a roll-up: the groups in ascending order, each as the distance to the
/// one before, its rows and its messages, in variable-length integers of seven bits a byte, the lowest first (LEB128).
struct SumDetail {
  /// What the reports of one group say.
  struct Entry: Equatable {
    /// Row id of the report group.
    var group: Int64
    /// Rows; in `report_month`, reports.
    var rows: Int64
    /// Messages; in `report_month`, dropped rows.
    var messages: Int64
  }

  /// In ascending order of groups, each once.
  private(set) var entries: [Entry] = []

  /// No entries.
  init() {}

  /// Reads packed entries. Whatever is damaged at the end is left out.
  init(_ bytes: UnsafeRawBufferPointer) {
    var reader = Reader(bytes)
    while let entry = reader.next() { entries.append(entry) }
  }

  /// Adds changes, which may be negative, in ascending order of groups. Entries without rows vanish.
  /// - Returns: whether all numbers are still possible: no entry has a negative number of rows or messages.
  mutating func add(_ changes: some Sequence<Entry>) -> Bool {
    var merged: [Entry] = []
    merged.reserveCapacity(entries.count + 4)
    var isPossible = true
    var position = 0
    func append(_ entry: Entry) {
      if entry.rows < 0 || entry.messages < 0 || (entry.rows == 0 && entry.messages != 0) { isPossible = false }
      if entry.rows > 0 { merged.append(entry) }
    }
    for change in changes {
      while position < entries.count, entries[position].group < change.group {
        merged.append(entries[position])
        position += 1
      }
      guard position < entries.count, entries[position].group == change.group else {
        append(change)
        continue
      }
      var entry = entries[position]
      entry.rows.addClamped(change.rows)
      entry.messages.addClamped(change.messages)
      append(entry)
      position += 1
    }
    merged += entries[position...]
    entries = merged
    return isPossible
  }

  /// The sum of all messages.
  var messages: Int64 { entries.reduce(0) { $0.addingClamped($1.messages) } }

  /// The packed entries.
  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(entries.count * 5)
    var last: Int64 = 0
    for entry in entries {
      Self.append(entry.group.subtractingClamped(last), to: &bytes)
      Self.append(entry.rows, to: &bytes)
      Self.append(entry.messages, to: &bytes)
      last = entry.group
    }
    return bytes
  }

  private static func append(_ number: Int64, to bytes: inout [UInt8]) {
    var rest = UInt64(max(number, 0))
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// Reads entries one by one, without memory of its own.
  struct Reader {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0
    private var group: Int64 = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Whether all bytes have been read.
    var isAtEnd: Bool { offset >= bytes.count }

    /// The next entry; nil at the end, or where the bytes are damaged.
    mutating func next() -> Entry? {
      guard offset < bytes.count, let distance = number(), let rows = number(), let messages = number() else {
        return nil
      }
      group.addClamped(distance)
      return Entry(group: group, rows: rows, messages: messages)
    }

    private mutating func number() -> Int64? {
      var value: UInt64 = 0
      var shift: UInt64 = 0
      while offset < bytes.count, shift < 63 {
        let byte = bytes[offset]
        offset += 1
        value |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { return Int64(value) }
        shift += 7
      }
      return nil
    }
  }
}
