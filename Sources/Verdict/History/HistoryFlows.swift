/// The flows of an organisation. Compact, because there may be a million, of fewer sources and few kinds.
struct HistoryFlows: RandomAccessCollection {
  /// What depends on the source alone.
  private struct Place {
    var infrastructure: Int32
    var place: Int32
  }

  /// What flows with like outcomes share.
  private struct Kind: Hashable {
    var envelope, identity, signers, from, firstSelector, secondSelector: Int32
  }

  private struct Entry {
    var source, kind, volume, statement: Int32
    var flags: FlowTraits.Flags
  }

  private var entries: [Entry] = []
  private var places: [Place] = []
  private var kinds: [Kind] = []
  private var numbers: [Kind: Int32] = [:]

  var startIndex: Int { 0 }
  var endIndex: Int { entries.count }

  subscript(_ index: Int) -> FlowTraits {
    let entry = entries[index]
    let (place, kind) = (places[Int(entry.source)], kinds[Int(entry.kind)])
    return FlowTraits(
      source: entry.source, infrastructure: place.infrastructure, place: place.place, envelope: kind.envelope,
      identity: kind.identity, signers: kind.signers, from: kind.from, firstSelector: kind.firstSelector,
      secondSelector: kind.secondSelector, volume: entry.volume, statement: entry.statement, flags: entry.flags)
  }

  mutating func append(_ flow: FlowTraits) {
    while places.count <= Int(flow.source) { places.append(Place(infrastructure: -1, place: -1)) }
    places[Int(flow.source)] = Place(infrastructure: flow.infrastructure, place: flow.place)
    let kind = Kind(
      envelope: flow.envelope, identity: flow.identity, signers: flow.signers, from: flow.from,
      firstSelector: flow.firstSelector, secondSelector: flow.secondSelector)
    let number = numbers[kind] ?? Int32(kinds.count)
    if numbers.updateValue(number, forKey: kind) == nil { kinds.append(kind) }
    entries.append(
      Entry(source: flow.source, kind: number, volume: flow.volume, statement: flow.statement, flags: flow.flags))
  }

  mutating func insert(_ flags: FlowTraits.Flags, at index: Int) { entries[index].flags.formUnion(flags) }

  mutating func remove(_ flags: FlowTraits.Flags, at index: Int) { entries[index].flags.subtract(flags) }
}
