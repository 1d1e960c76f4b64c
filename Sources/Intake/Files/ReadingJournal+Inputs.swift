import DMARC
import Synchronization

/// What a run records about its inputs. An input is identified by a number, which must not be reused before ``finish(_:)``.
extension ReadingJournal {
  /// The status of an input after the previous runs.
  package enum Standing: Sendable, Hashable {
    case usual
    /// To be read in isolation after all others; `deaths` is the number of crashes while it was.
    case suspect(deaths: Int)
    /// Not to be read.
    case quarantined
  }

  /// Whether any input is suspect or quarantined.
  package var hasSuspects: Bool { state.withLock { !$0.known.isEmpty } }

  /// The status of an input. An input in which only single messages are quarantined is read.
  package func standing(of key: Key) -> Standing {
    state.withLock { state in
      for (slot, _) in Self.known(key, state) { state.seen.insert(slot) }
      let entries = Self.entries(of: key, state)
      if entries.contains(where: { $0.kind == .quarantined && $0.messages == nil }) { return .quarantined }
      let deaths = entries.filter { $0.kind == .suspect }.map(\.deaths).max()
      return deaths.map { .suspect(deaths: Int($0)) } ?? .usual
    }
  }

  /// An mbox file may grow while its messages are suspect; any other input that has changed is a different one.
  private static func entries(of key: Key, _ state: State) -> [JournalEntry] {
    known(key, state).map(\.entry).filter { $0.messages != nil || $0.key == key }
  }

  /// Sets whether inputs are read in isolation from now on.
  package func readAlone(_ isAlone: Bool) { state.withLock { $0.isAlone = isAlone } }

  /// Records that an input is about to be read.
  package func begin(_ input: Int, _ key: Key) {
    state.withLock { state in
      guard state.isAlone else {
        state.underWay[input] = add(JournalEntry(.underWay, key), &state)
        return
      }
      let suspect = Self.known(key, state).first {
        $0.entry.kind == .suspect && $0.entry.messages == nil && $0.entry.key == key
      }
      var entry = JournalEntry(.isolated, key, strikes: suspect?.entry.strikes ?? 0)
      entry.deaths = suspect?.entry.deaths ?? 0
      beginIsolatedRead(&state)
      if let suspect { put(entry, suspect.slot, &state) }
      state.underWay[input] = suspect?.slot ?? add(entry, &state)
    }
  }

  /// Records that inputs are committed or unreadable, so that nothing in them is suspect any more.
  package func finish(_ inputs: [Int]) {
    state.withLock { state in
      var slots: Set<Int> = []
      for input in inputs {
        guard let slot = state.underWay.removeValue(forKey: input), let entry = state.slots[slot] else { continue }
        if entry.kind == .isolated { state.isolatedRead = nil }
        slots.insert(slot)
        slots.formUnion(Self.known(entry.key, state).map(\.slot))
      }
      empty(slots.sorted(), &state)
    }
  }

  // MARK: Messages in mbox files

  private func change(_ input: Int, _ body: (inout JournalEntry) -> Void) {
    state.withLock { state in
      guard let slot = state.underWay[input], var entry = state.slots[slot] else { return }
      body(&entry)
      put(entry, slot, &state)
    }
  }

  /// Records that a message of an mbox file is about to be read together with others.
  package func reach(_ input: Int, mail offset: Int64) {
    change(input) { entry in
      entry.kind = .underWay
      entry.strikes = 0
      entry.deaths = 0
      entry.fingerprint = 0
      let first = min(entry.messages?.lowerBound ?? offset, offset)
      entry.messages = first...max(entry.messages?.upperBound ?? offset, offset)
    }
  }

  /// Records that the messages of an mbox file before an offset are committed.
  package func commit(_ input: Int, before offset: Int64) {
    change(input) { entry in
      guard entry.kind == .underWay, let messages = entry.messages, messages.contains(offset) else { return }
      entry.messages = offset...messages.upperBound
    }
  }

  /// Records that a suspect message of an mbox file is about to be read in isolation.
  package func readAlone(_ input: Int, mail offset: Int64, fingerprint: UInt64) {
    change(input) { entry in
      entry.kind = .isolated
      entry.messages = offset...offset
      entry.fingerprint = fingerprint
    }
    state.withLock { state in
      guard let slot = state.underWay[input], var entry = state.slots[slot] else { return }
      let same = Self.known(entry.key, state).map(\.entry).filter { $0.kind == .suspect && $0.isAbout(entry) }
      entry.strikes = same.map(\.strikes).max() ?? 0
      entry.deaths = same.map(\.deaths).max() ?? 0
      beginIsolatedRead(&state)
      put(entry, slot, &state)
    }
  }

  /// What is known about the messages of an mbox file; nil if nothing is suspect or quarantined.
  package func messages(of key: Key) -> SuspectedMessages? {
    state.withLock { state in
      let entries = Self.entries(of: key, state).filter { $0.messages != nil }
      let ranges = entries.filter { $0.kind == .suspect }.compactMap(\.messages)
      var quarantined: [Int64: [UInt64]] = [:]
      for entry in entries where entry.kind == .quarantined {
        if let messages = entry.messages { quarantined[messages.lowerBound, default: []].append(entry.fingerprint) }
      }
      return ranges.isEmpty && quarantined.isEmpty ? nil : SuspectedMessages(ranges: ranges, quarantined: quarantined)
    }
  }
}

/// The messages of an mbox file that may have crashed earlier runs.
package struct SuspectedMessages: Sendable {
  let ranges: [ClosedRange<Int64>]
  let quarantined: [Int64: [UInt64]]

  /// Whether the message at a byte offset must be read in isolation.
  package func isSuspect(_ offset: Int64) -> Bool { ranges.contains { $0.contains(offset) } }

  /// Whether the message at a byte offset must not be read.
  package func isQuarantined(_ offset: Int64, fingerprint: UInt64) -> Bool {
    quarantined[offset]?.contains(fingerprint) ?? false
  }

  /// Whether the fingerprint of the message at a byte offset is needed.
  package func isKnown(_ offset: Int64) -> Bool { isSuspect(offset) || quarantined[offset] != nil }
}
