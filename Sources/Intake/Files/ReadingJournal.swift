import CCrashNote
import DMARC
import Glibc
import Synchronization

/// Records on disk which inputs are being read or wait to be committed, so that the run after a crash knows what may have caused it.
///
/// Each run has its own file next to the database, with 64 bytes for every input under way, and holds a lock on it. What is written there
/// survives the process without being synchronised. A file without a lock was left by a crashed run: its inputs are suspect. Suspects are
/// read in isolation. An input that was read in isolation during a crash is quarantined if it caused the crash: after one fault of the
/// program, or two crashes for lack of memory or time. See docs/decisions/15-quarantine.md.
package final class ReadingJournal: Sendable {
  /// The identification of an input in the journal.
  package struct Key: Hashable, Sendable {
    let name: [UInt8]
    let state: [UInt8]

    /// Identifies a file by its name in the ledger, its size and its modification time, or a message on a server by its name alone.
    package init(name: String, size: Int64 = 0, modified: Int64 = 0) {
      self.name = Self.hash(name)
      state = Self.hash("\(size) \(modified) \(name)")
    }

    init(name: some Sequence<UInt8>, state: some Sequence<UInt8>) {
      self.name = Array(name)
      self.state = Array(state)
    }

    private static func hash(_ text: String) -> [UInt8] {
      var hash = ContentHash()
      var text = text
      text.withUTF8 { hash.update(UnsafeRawBufferPointer($0)) }
      return Array(hash.finish().prefix(16))
    }
  }

  struct State {
    /// The entries by slot. The first slot is that of the record about the run itself.
    var slots: [JournalEntry?] = [nil]
    var free: [Int] = []
    /// The slots of suspect and quarantined inputs by name: few, if any.
    var known: [[UInt8]: Set<Int>] = [:]
    /// The slots of the inputs under way by the caller's numbers.
    var underWay: [Int: Int] = [:]
    var isAlone = false
    /// The input that is being read in isolation; nil if none is.
    var isolatedRead: IsolatedRead?
    var isClosed = false
    /// Suspects that still exist.
    var seen: Set<Int> = []
    /// Whether all sources have been examined.
    var hasSeenAll = false
    var notesCrashes = false
  }

  let state = Mutex(State())
  /// The number of findings in inputs.
  let findings = Atomic<Int>(0)
  let descriptor: Int32
  private let path: String
  private let sources: UInt16

  /// Creates the journal of this run and takes over the journals of crashed runs. Nil if the file cannot be created; crashes are not
  /// detected then.
  /// - Parameters:
  ///   - database: the path of the database; the journal is next to it.
  ///   - sources: the files, folders and mailboxes that are about to be read.
  package init?(beside database: String, sources: [String] = []) {
    guard !database.hasPrefix(":") else { return nil }
    let name = Key(name: sources.sorted().joined(separator: "\0")).name
    self.sources = UInt16(name[0]) << 8 | UInt16(name[1])
    let prefix = database + "-reading-"
    path = prefix + "\(getpid())-" + String(UInt32.random(in: 0...UInt32.max), radix: 16)
    // Other runs must not find the file before it is locked.
    let draft = path + ".new"
    descriptor = open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return nil }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, rename(draft, path) == 0 else {
      unlink(draft)
      Glibc.close(descriptor)
      return nil
    }
    for abandoned in Self.files(prefix) where abandoned != path { takeOver(abandoned) }
  }

  deinit { close() }

  private static func files(_ prefix: String) -> [String] {
    let folder = PathText.folder(prefix)
    let start = PathText.last(prefix)
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var files: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasPrefix(start) { files.append(PathText.join(folder, name)) }
    }
    return files
  }

  private func takeOver(_ abandoned: String) {
    let file = open(abandoned, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard file >= 0 else { return }
    defer { Glibc.close(file) }
    var status = stat()
    // A locked file belongs to a live run; one without a name has just been taken over by another run.
    guard flock(file, LOCK_EX | LOCK_NB) == 0, fstat(file, &status) == 0, status.st_nlink > 0 else { return }
    let (note, entries) = JournalEntry.read(file)
    let strikes = note?.strikes(.now) ?? 0
    state.withLock { state in
      for entry in entries.compactMap({ $0.afterCrash(strikes: strikes) })
      where !Self.known(entry.key, state).contains(where: { $0.entry.isSame(as: entry) }) {
        add(entry, &state)
      }
    }
    unlink(abandoned)
  }

  /// Suspect and quarantined entries with the name of an input, even if the input has changed since.
  static func known(_ key: Key, _ state: State) -> [(slot: Int, entry: JournalEntry)] {
    guard !state.known.isEmpty else { return [] }
    return (state.known[key.name] ?? []).compactMap { slot in state.slots[slot].map { (slot, $0) } }
  }

  @discardableResult
  func add(_ entry: JournalEntry, _ state: inout State) -> Int {
    var entry = entry
    if entry.isUnderWay { entry.sources = sources }
    let slot = state.free.popLast() ?? state.slots.count
    if slot == state.slots.count { state.slots.append(nil) }
    put(entry, slot, &state)
    return slot
  }

  /// Writes an entry to its slot. If the disk is full, only the detection of a crash is lost.
  func put(_ entry: JournalEntry?, _ slot: Int, _ state: inout State) {
    keep(entry, slot, &state)
    guard !state.isClosed else { return }
    let bytes = entry?.bytes ?? [UInt8](repeating: 0, count: JournalEntry.length)
    _ = pwrite(descriptor, bytes, bytes.count, off_t(slot * JournalEntry.length))
  }

  /// Empties slots given in ascending order; adjacent slots take one write.
  func empty(_ slots: [Int], _ state: inout State) {
    for slot in slots { keep(nil, slot, &state) }
    guard !state.isClosed else { return }
    var rest = slots[...]
    while let first = rest.first {
      let run = zip(rest, first...).prefix { $0 == $1 }.count
      let bytes = [UInt8](repeating: 0, count: run * JournalEntry.length)
      _ = pwrite(descriptor, bytes, bytes.count, off_t(first * JournalEntry.length))
      rest = rest.dropFirst(run)
    }
  }

  private func keep(_ entry: JournalEntry?, _ slot: Int, _ state: inout State) {
    if entry == nil { state.seen.remove(slot) }
    if let old = state.slots[slot], !old.isUnderWay {
      state.known[old.key.name]?.remove(slot)
      if state.known[old.key.name]?.isEmpty ?? false { state.known[old.key.name] = nil }
    }
    state.slots[slot] = entry
    if let entry, !entry.isUnderWay { state.known[entry.key.name, default: []].insert(slot) }
    if entry == nil { state.free.append(slot) }
  }

  /// Starts recording faults of the program. A process may do this with one journal at a time.
  package func noteCrashes() {
    state.withLock { state in
      guard !state.isClosed else { return }
      state.notesCrashes = true
      crash_note_install()
      crash_note_set_file(descriptor, off_t(CrashEvidence.signalOffset))
      write(CrashEvidence())
    }
  }

  /// Writes the record about this run, except the signal, which the signal handler writes.
  func write(_ note: CrashEvidence) {
    let bytes = note.bytes
    _ = pwrite(descriptor, bytes, 1, 0)
    let start = CrashEvidence.signalOffset + 1
    _ = pwrite(descriptor, Array(bytes[start...]), bytes.count - start, off_t(start))
  }

  /// Records that all sources have been examined: a suspect that was not met is probably gone.
  package func noteAllSeen() { state.withLock { $0.hasSeenAll = true } }

  private func isMissing(_ slot: Int, _ entry: JournalEntry, _ state: State) -> Bool {
    state.hasSeenAll && entry.kind == .suspect && entry.sources == sources && !state.seen.contains(slot)
  }

  /// Ends the run in an orderly way: inputs under way are not suspect. Untried suspects stay for the next run.
  package func close() {
    state.withLock { state in
      guard !state.isClosed else { return }
      for case (let slot, let entry?) in state.slots.enumerated() {
        if entry.isUnderWay { put(entry.afterOrderlyEnd, slot, &state) }
        if isMissing(slot, entry, state) { put(entry.afterMissing, slot, &state) }
        if state.seen.contains(slot), !entry.isUnderWay, entry.age > 0 {
          var young = entry
          young.age = 0
          put(young, slot, &state)
        }
      }
      state.isClosed = true
      if state.notesCrashes { crash_note_set_file(-1, 0) }
      if !state.slots.contains(where: { $0 != nil }) { unlink(path) }
      Glibc.close(descriptor)
    }
  }
}
