import DMARC

/// What the store knows of earlier mail. Everything is optional: what is unknown leads to the weaker rule.
public struct HistoryFacts: Sendable, Hashable {
  /// Earlier mail of the same infrastructure.
  public var source: Source?
  /// Our selectors, `domain/selector` in lower case, that are known from mail that passed.
  public var selectors: [String: Selector]
  /// Infrastructures that mail with any selector of ours usually comes from; nil where that is to be read off the selectors.
  public var usualOrigins: Set<String>?
  /// Names of this source that do not count as a usual origin, because not all that report its failing mail bear that out.
  public var unsupportedOrigins: [String] = []
  /// What happened to a selector on the busiest day of unusual copies.
  public var selectorDays: [String: SelectorDay]
  /// Share of the domain's mail that is signed, 0...1.
  public var signRate: Double?
  /// Most addresses on a day of this mail from which mail came that nothing vouches for.
  public var campaignAddresses: Int64?
  /// Messages of the domain a day.
  public var dailyMessages: Double?
  /// The source's operator itself reported that this stream reaches it directly.
  public var isReportedByIntermediary: Bool
  /// Organisations that we write to.
  public var correspondents: Set<DomainName>
  /// Who stands behind a verdict on this flow.
  public var support = Support.sufficient

  /// Earlier mail of an infrastructure.
  public struct Source: Sendable, Hashable {
    /// Days since it was first seen.
    public var firstSeenDays: Int64?
    /// Days on which it sent.
    public var activeDays: Int64?
    /// Messages.
    public var messages: Int64?
    /// Distinct reporters.
    public var reporters: Int64?
    /// Share of the stream, 0...1.
    public var share: Double?
    /// Messages of ours that came from it with an intact signature.
    public var relayedIntact: Int64?
    /// Messages from it of which a receiver said that they were forwarded or came by a list.
    public var attested: Int64?

    /// Facts; nothing known by default.
    public init(
      firstSeenDays: Int64? = nil, activeDays: Int64? = nil, messages: Int64? = nil, reporters: Int64? = nil,
      share: Double? = nil, relayedIntact: Int64? = nil, attested: Int64? = nil
    ) {
      self.firstSeenDays = firstSeenDays
      self.activeDays = activeDays
      self.messages = messages
      self.reporters = reporters
      self.share = share
      self.relayedIntact = relayedIntact
      self.attested = attested
    }
  }

  /// A selector of ours.
  public struct Selector: Sendable, Hashable {
    /// Messages that passed with it.
    public var messages: Int64
    /// Infrastructures that its mail usually comes from.
    public var origins: Set<String>

    /// A selector's history.
    public init(messages: Int64, origins: Set<String>) {
      self.messages = messages
      self.origins = origins
    }
  }

  /// A day of a selector.
  public struct SelectorDay: Sendable, Hashable {
    /// Messages from its usual origins on that day.
    public var origin: Int64
    /// Messages from elsewhere on that day.
    public var elsewhere: Int64
    /// Messages from its usual origins on their best day.
    public var bestOriginDay: Int64
    /// Infrastructures never seen before that day.
    public var newInfrastructures: Int64
    /// The day, where it is known.
    public var day: CalendarDay?

    /// A day's numbers.
    public init(
      origin: Int64, elsewhere: Int64, bestOriginDay: Int64, newInfrastructures: Int64, day: CalendarDay? = nil
    ) {
      self.origin = origin
      self.elsewhere = elsewhere
      self.bestOriginDay = bestOriginDay
      self.newInfrastructures = newInfrastructures
      self.day = day
    }
  }

  /// History; nothing known by default.
  public init(
    source: Source? = nil, selectors: [String: Selector] = [:], selectorDays: [String: SelectorDay] = [:],
    signRate: Double? = nil, campaignAddresses: Int64? = nil, dailyMessages: Double? = nil,
    isReportedByIntermediary: Bool = false, correspondents: Set<DomainName> = []
  ) {
    self.source = source
    self.selectors = selectors
    self.selectorDays = selectorDays
    self.signRate = signRate
    self.campaignAddresses = campaignAddresses
    self.dailyMessages = dailyMessages
    self.isReportedByIntermediary = isReportedByIntermediary
    self.correspondents = correspondents
  }
}
