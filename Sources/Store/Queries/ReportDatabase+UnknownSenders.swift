package import DMARC
import GRDB

extension ReportDatabase {
  /// Sources that need review, the most threatening first.
  /// - Parameters:
  ///   - severities: how serious each verdict is, 0 for those not named; and which make a campaign.
  ///   - newSince: only sources that were never seen before this day.
  ///   - today: reports of later days do not make other sources look old.
  ///   - isFolded: whether a campaign, and the addresses of one pool, become one line: an IPv6 /64, one operator's hosts, or three or more
  ///     of a /24 or an autonomous system.
  ///   - withAcknowledged: whether to include sources that were acknowledged.
  ///   - after: only lines after this place; nil for all.
  ///   - organisation: the organisational domain of a host name.
  ///   - asn: the autonomous system of an address.
  ///   - naming: the names of sources, so that each operator becomes a line; nil for campaigns and pools.
  ///   - onLine: takes each line, of which there may be a million; then the answer has the first one only. Nil to get all in the answer.
  /// - Throws: ``StoreError``.
  package func unknownSenders(
    _ filter: RecordFilter, severities: [VerdictSeverity], newSince: CalendarDay? = nil, today: CalendarDay = .last,
    isFolded: Bool = true, withAcknowledged: Bool = false, after: SenderPlace? = nil,
    organisation: (DomainName) -> DomainName? = { $0 }, asn: (IPAddress) -> UInt32? = { _ in nil },
    naming: SourceNaming? = nil,
    onLine: ((UnknownSender) throws -> Void)? = nil
  ) throws(StoreError) -> RankedSenders {
    try read { db in
      try withoutActuallyEscaping(organisation) { organisation in
        try withoutActuallyEscaping(asn) { asn in
          try RankedLines(
            SumReader(db, filter), severities, SourceOwners(organisation: organisation, asn: asn, naming: naming),
            newSince: newSince, today: today, isFolded: isFolded,
            acknowledgements: withAcknowledged ? [] : Self.acknowledgements(db)
          ).result(after: after, onLine: onLine)
        }
      }
    }
  }

  /// The pool that an address which needs review belongs to, as in ``unknownSenders(_:severities:newSince:today:isFolded:organisation:asn:)``;
  /// nil if it does not need review.
  /// - Throws: ``StoreError``.
  package func unknownPool(
    of address: IPAddress, _ filter: RecordFilter, severities: [VerdictSeverity],
    organisation: (DomainName) -> DomainName?
  ) throws(StoreError) -> UnknownSender.Pool? {
    try read { db in
      guard let network = CIDR(address, length: address.isIPv6 ? 64 : 24) else { return nil }
      let host = try String.fetchOne(
        db,
        sql: "SELECT host FROM source_host JOIN source ON source.id = source_id WHERE address = ?",
        arguments: [DatabaseBytes(address.networkBytes)])
      let owner = host.flatMap(DomainName.init).flatMap(organisation)
      let (first, last) = FlowStore.range(of: network)
      var condition: SQL =
        "source.address BETWEEN \(first) AND \(last) AND length(source.address) = \(network.network.networkBytes.count)"
      if let owner {
        let suffix = "." + owner.name
        condition =
          "(source_host.host = \(owner.name) OR substr(source_host.host, -\(suffix.unicodeScalars.count)) = \(suffix))"
      }
      let chosen: SQLRequest<Int64> = "SELECT source.id FROM source \(Join.sourceHost) WHERE \(condition)"
      let reader = try SumReader(db, filter)
      return try withoutActuallyEscaping(organisation) { organisation in
        let owners = SourceOwners(organisation: organisation, asn: { _ in nil })
        let flagged = try FlaggedSources(reader, severities, owners, chosen: chosen.fetchSet(db))
        let id = try Int64.fetchOne(
          db, sql: "SELECT id FROM source WHERE address = ?", arguments: [DatabaseBytes(address.networkBytes)])
        guard let place = id.flatMap(flagged.place) else { return nil }
        var pools = SenderPools(flagged)
        pools.fold(flagged.places.lazy.map { Int32(truncatingIfNeeded: $0) })
        let pool = pools.all.lazy.map { Array(pools.members($0)) }.first { $0.contains(place) }
        return try pool.map { members in
          var details = try LineDetails(reader, flagged)
          try details.read([LineDetails.Wanted(line: members, pool: .line)])
          return try details.pool(0, SenderNames(pools, reader))
        }
      }
    }
  }
}
