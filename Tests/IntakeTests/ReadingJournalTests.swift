import Foundation
import Testing

@testable import Intake

/// The journal of a crashed run and its effect on the next one. A crash is simulated by leaving the journal open:
/// its file is copied in its current state.
@Suite final class ReadingJournalTests {
  private let folder = NSTemporaryDirectory() + "dmarcstat-journal-" + UUID().uuidString
  private var database: String { folder + "/reports.sqlite" }
  private let (a, b) = (
    ReadingJournal.Key(name: "/in/a", size: 1, modified: 2), ReadingJournal.Key(name: "/in/b", size: 1, modified: 2)
  )

  init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private var files: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder).map { folder + "/" + $0 } }
  }

  /// Waits until no journal is locked, unless a run that is not over keeps it for longer. A process that another test is starting holds
  /// copies of all locks until it runs its program.
  private func waitForLocks() throws {
    for file in try files {
      let descriptor = open(file, O_RDWR | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      for _ in 0..<2_000 where flock(descriptor, LOCK_EX | LOCK_NB) != 0 { usleep(1_000) }
      close(descriptor)
    }
  }

  /// A run that crashes after `body`.
  /// - Parameter note: the evidence in the journal; nil for the evidence that the run wrote itself.
  private func died(_ note: CrashEvidence? = nil, _ body: (ReadingJournal) -> Void) throws {
    try waitForLocks()
    let journal = try #require(ReadingJournal(beside: database))
    body(journal)
    let own = try #require(try files.first)
    #expect(try files.count == 1)
    var bytes = try #require(FileManager.default.contents(atPath: own))
    if let note { bytes.replaceSubrange(0..<CrashEvidence.length, with: note.bytes) }
    journal.close()
    for file in try files { try FileManager.default.removeItem(atPath: file) }
    try bytes.write(to: URL(fileURLWithPath: database + "-reading-1-dead"))
  }

  private func next(_ body: (ReadingJournal) throws -> Void) throws {
    try waitForLocks()
    let journal = try #require(ReadingJournal(beside: database))
    try body(journal)
    journal.close()
  }

  @Test func inputsUnderWayAreSuspect() throws {
    try died { journal in
      journal.begin(0, a)
      journal.begin(1, b)
      journal.finish([0])
    }
    try next { journal in
      #expect(journal.standing(of: a) == .usual)
      #expect(journal.standing(of: b) == .suspect(deaths: 0))
      // A file that has changed is another input.
      #expect(journal.standing(of: .init(name: "/in/b", size: 2, modified: 2)) == .usual)
    }
    // It stays suspect until it is committed.
    try next { journal in
      #expect(journal.standing(of: b) == .suspect(deaths: 0))
      journal.begin(7, b)
      journal.finish([7])
      #expect(journal.standing(of: b) == .usual)
    }
    #expect(try files.isEmpty)
  }

  @Test func onlyUnfinishedInputsAreSuspect() throws {
    let keys = (0..<12).map { ReadingJournal.Key(name: "/in/\($0)", size: 1, modified: 2) }
    let open: Set = [3, 4, 9]
    try died { journal in
      for (input, key) in keys.enumerated() { journal.begin(input, key) }
      journal.finish([8, 2, 0, 1])
      journal.finish([11, 5, 7, 6, 10])
    }
    try next { journal in
      for (input, key) in keys.enumerated() {
        #expect(journal.standing(of: key) == (open.contains(input) ? .suspect(deaths: 0) : .usual))
      }
    }
  }

  @Test func missingSuspectsAreForgotten() throws {
    try died { $0.begin(0, a) }
    // Runs that end early or read other sources do not count.
    for sources in [["/in"], ["/elsewhere"]] {
      for _ in 0..<5 {
        let journal = try #require(ReadingJournal(beside: database, sources: sources))
        if sources == ["/elsewhere"] { journal.noteAllSeen() }
        journal.close()
      }
    }
    try next { #expect($0.standing(of: a) == .suspect(deaths: 0)) }
    // A suspect that is found stays, whether it is read or not.
    for _ in 0..<5 {
      try next { journal in
        #expect(journal.standing(of: a) == .suspect(deaths: 0))
        journal.noteAllSeen()
      }
    }
    for _ in 0..<3 { try next { $0.noteAllSeen() } }
    #expect(try files.isEmpty)
  }

  /// A fault of the program.
  private var fault: CrashEvidence {
    var note = CrashEvidence()
    note.signal = 11
    return note
  }

  private var manyBytes: CrashEvidence {
    var note = CrashEvidence()
    note.growth = CrashEvidence.suspiciousGrowth
    return note
  }

  private func crashInIsolation(_ note: CrashEvidence? = nil) throws {
    try died(note) { journal in
      journal.readAlone(true)
      journal.begin(0, a)
    }
  }

  @Test func faultInIsolationQuarantines() throws {
    try died(fault) { $0.begin(0, a) }
    try next { #expect($0.standing(of: a) == .suspect(deaths: 0)) }
    try crashInIsolation(fault)
    try next { #expect($0.standing(of: a) == .quarantined) }
  }

  @Test func crashesWithoutEvidenceDoNotQuarantine() throws {
    try died { $0.begin(0, a) }
    for deaths in 0..<12 {
      try next { #expect($0.standing(of: a) == .suspect(deaths: deaths)) }
      try crashInIsolation()
    }
    try crashInIsolation(manyBytes)
    try next { #expect($0.standing(of: a) == .suspect(deaths: 13)) }
    try crashInIsolation(manyBytes)
    try next { #expect($0.standing(of: a) == .quarantined) }
  }

  @Test func strikesOfEvidence() {
    let calm = OutOfMemoryCount(system: 5, group: 1, groupName: 7)
    var note = CrashEvidence()
    note.outOfMemory = calm
    #expect(note.strikes(calm) == 0)
    #expect(note.strikes(OutOfMemoryCount(system: 5, group: 2, groupName: 7)) == 1)
    // Another group has its own count, and counts restart at 0 after a reboot.
    #expect(note.strikes(OutOfMemoryCount(system: 5, group: 2, groupName: 8)) == 0)
    #expect(note.strikes(OutOfMemoryCount(system: 0, group: 0, groupName: 7)) == 0)
    // Memory ran out somewhere, which is not evidence without growth of this process.
    let elsewhere = OutOfMemoryCount(system: 6, group: 1, groupName: 7)
    #expect(note.strikes(elsewhere) == 0)
    note.growth = CrashEvidence.someGrowth
    #expect((note.strikes(calm), note.strikes(elsewhere)) == (0, 1))
    note.growth = CrashEvidence.suspiciousGrowth
    #expect(note.strikes(calm) == 1)
    note.growth = 0
    note.stalled = CrashEvidence.suspiciousStall
    #expect(note.strikes(calm) == 1)
    note.signal = 4
    #expect(note.strikes(calm) == CrashEvidence.enoughStrikes)
    #expect(CrashEvidence(note.bytes) == note)
    #expect(OutOfMemoryCount.now.system >= -1)
  }

  @Test func memoryGrowthIsRecorded() throws {
    let journal = try #require(ReadingJournal(beside: database))
    journal.readAlone(true)
    journal.begin(0, a)
    let memory = [UInt8](repeating: 1, count: 64 << 20)
    usleep(60_000)
    journal.beat()
    let own = try #require(try files.first)
    let note = CrashEvidence(try #require(FileManager.default.contents(atPath: own)))
    #expect(note?.growth ?? 0 > 32 << 20)
    #expect(memory.count > 0)
    journal.close()
  }

  @Test func quarantineEndsWhenTheInputIsCommitted() throws {
    try crashInIsolation(fault)
    try next { journal in
      #expect(journal.standing(of: a) == .quarantined)
      journal.begin(0, a)
      journal.finish([0])
    }
    #expect(try files.isEmpty)
  }

  @Test func crashesAmongOtherInputsDoNotQuarantine() throws {
    for _ in 0..<5 {
      try died { journal in
        journal.begin(0, a)
        journal.begin(1, b)
      }
    }
    try next { #expect($0.standing(of: a) == .suspect(deaths: 0)) }
  }

  @Test func orderlyEndIsNotAStrike() throws {
    try next { $0.begin(0, a) }
    #expect(try files.isEmpty)
    try died { $0.begin(0, a) }
    for _ in 0..<5 {
      try next { journal in
        journal.readAlone(true)
        journal.begin(0, a)
      }
    }
    try next { #expect($0.standing(of: a) == .suspect(deaths: 0)) }
  }

  @Test func journalOfALiveRunIsIgnored() throws {
    let living = try #require(ReadingJournal(beside: database))
    living.begin(0, a)
    try next { #expect($0.standing(of: a) == .usual) }
    #expect(try files.count == 1)
    living.close()
    #expect(try files.isEmpty)
  }

  @Test func messagesOfAnMboxFile() throws {
    let grown = ReadingJournal.Key(name: "/in/a", size: 9, modified: 9)
    try died { journal in
      journal.begin(0, a)
      for offset in [0, 100, 200, 300] as [Int64] { journal.reach(0, mail: offset) }
      journal.commit(0, before: 200)
    }
    for note in [manyBytes, manyBytes] {
      try died(note) { journal in
        #expect(journal.standing(of: grown) != .usual)
        let messages = journal.messages(of: grown)
        #expect([0, 100, 200, 300, 400].map { messages?.isSuspect($0) } == [false, false, true, true, false])
        journal.readAlone(true)
        journal.begin(0, grown)
        journal.reach(0, mail: 100)
        journal.readAlone(0, mail: 200, fingerprint: 5)
      }
    }
    try next { journal in
      let messages = journal.messages(of: a)
      #expect(messages?.isQuarantined(200, fingerprint: 5) == true)
      #expect(messages?.isQuarantined(200, fingerprint: 6) == false)
      #expect(messages?.isQuarantined(300, fingerprint: 5) == false)
      // The other messages of the file are read.
      #expect(journal.standing(of: grown) == .suspect(deaths: 1))
      journal.begin(0, grown)
      journal.finish([0])
      #expect(journal.messages(of: grown) == nil)
    }
    #expect(try files.isEmpty)
  }

  @Test func damagedJournalsAreIgnored() throws {
    let junk = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 3) }
    try Data(junk).write(to: URL(fileURLWithPath: database + "-reading-1-junk"))
    try next { #expect($0.standing(of: a) == .usual) }
  }

  @Test func noJournalWithoutAFile() { #expect(ReadingJournal(beside: ":memory:") == nil) }
}
