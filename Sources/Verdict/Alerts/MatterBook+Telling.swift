package import DMARC

extension MatterBook {
  /// Decides what is told now.
  ///
  /// - Returns: positions of entries to tell, and whether of their end; the most urgent first.
  package mutating func decide() -> [(index: Int, isEnd: Bool)] {
    settleForgotten()
    var pending: [(index: Int, isEnd: Bool)] = []
    for index in entries.indices {
      var matter = entries[index].matter
      let isMuted = mutes.contains { $0.covers(matter, on: today) }
      settleBeginning(&matter, isMuted)
      settleEnd(&matter, isMuted)
      store(index, matter)
      if matter.begun.telling == .pending {
        pending.append((index, false))
      } else if matter.ended?.telling == .pending {
        pending.append((index, true))
      }
    }
    pending.sort { left, right in order(left) < order(right) }
    let room = max(0, settings.atMost - toldToday)
    for (index, isEnd) in pending.dropFirst(room) {
      if isEnd { entries[index].matter.ended?.telling = .held } else { entries[index].matter.begun.telling = .held }
      if !isEnd, entries[index].matter.ended != nil { entries[index].matter.ended?.telling = .held }
      entries[index].isChanged = true
    }
    return Array(pending.prefix(room))
  }

  private func settleBeginning(_ matter: inout Matter, _ isMuted: Bool) {
    switch matter.begun.telling {
    case .pending where matter.acknowledged != nil: matter.begun.telling = .silent
    case .pending where isMuted: matter.begun.telling = .muted
    // What is about the owner's mail is told on another day. What strangers do is not, because there is always more of it.
    case .held
    where matter.isOpen && matter.begun.day < today.number && matter.rule.isOwn && matter.acknowledged == nil:
      matter.begun.telling = isMuted ? .muted : .pending
    case .muted where !isMuted && matter.isOpen && matter.acknowledged == nil: matter.begun.telling = .pending
    case .muted where !matter.rule.isState && !matter.isOpen && matter.ended != nil: matter.begun.telling = .silent
    case .brief where matter.isOpen && today.number.subtractingClamped(matter.begun.day) >= matter.rule.settling:
      matter.begun.telling = isMuted ? .muted : .pending
    default: break
    }
  }

  private func settleEnd(_ matter: inout Matter, _ isMuted: Bool) {
    guard matter.ended?.telling == .pending else { return }
    switch matter.begun.telling {
    case .told: if isMuted || matter.acknowledged != nil { matter.ended?.telling = .silent }
    // What begins and ends between two runs is told at once: see `texts`.
    case .pending: break
    case .known, .late, .muted, .held, .brief, .silent: matter.ended?.telling = .silent
    }
  }

  private var toldToday: Int {
    entries.reduce(0) { count, entry in
      let news = [entry.matter.begun, entry.matter.ended].compactMap(\.self)
      let told = news.filter { $0.telling == .told && $0.day == today.number }.count
      // Both at once are one alert.
      let isOne = told == 2 && entry.matter.begun.day == entry.matter.ended?.day
      return count + (isOne ? 1 : told)
    }
  }

  private func order(_ item: (index: Int, isEnd: Bool)) -> (Int, Change.Severity, Int, Int64, Int64, String) {
    let matter = entries[item.index].matter
    // What keeps reports from being read comes first: any number of reports may claim the rest.
    return (
      item.isEnd || !matter.rule.isOwn ? 2 : matter.rule.isState ? 0 : 1, item.isEnd ? .low : matter.severity,
      item.isEnd ? 1 : 0,
      -max(0, matter.messages ?? 0), matter.since.number,
      matter.name
    )
  }

  /// Notes that an alert was taken by the sink.
  package mutating func note(toldOf index: Int) {
    entries[index].matter.noteTold(today)
    entries[index].isChanged = true
  }
}

extension Matter {
  /// Notes that what was pending has been told.
  package mutating func noteTold(_ day: CalendarDay) {
    if begun.telling == .pending { (begun.telling, begun.day) = (.told, day.number) }
    if ended?.telling == .pending {
      ended?.telling = .told
      ended?.day = day.number
    }
  }

  /// What to say now: its beginning, its end, or both if nobody was told before it was over.
  package func text(isEnd: Bool, _ language: Language) -> MatterText {
    let (beginning, end) = (begun.texts[language.rawValue], ended?.texts[language.rawValue])
    let empty = MatterText(title: rule.rawValue, sentences: [])
    if isEnd { return end ?? beginning ?? empty }
    var text = beginning ?? empty
    if begun.telling == .pending, let end { text.sentences += end.sentences }
    return text
  }
}
