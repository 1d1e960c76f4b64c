public import DMARC

/// What is known about earlier messages. Everything is optional: unknown facts lead to a weaker verdict.
public struct HistoryFacts: Sendable, Hashable {
  /// Earlier messages of the same infrastructure.
  public var source: Source?
  /// The own selectors known from passing messages, by `domain/selector` in lower case.
  public var selectors: [String: Selector]
  /// The usual origins of messages with any own selector; nil to take them from ``selectors``.
  public var usualOrigins: Set<String>?
  /// Names of this source that do not count as a usual origin, because not all reporters of its failing messages confirm it.
  public var unsupportedOrigins: [String] = []
  /// For each selector, the day with the most messages from elsewhere than its usual origins.
  public var selectorDays: [String: SelectorDay]
  /// The share of the domain's passing messages that are signed, 0...1.
  public var signRate: Double?
  /// The maximum number of infrastructures that sent unauthenticated messages on a day of this flow.
  public var campaignAddresses: Int64?
  /// The number of messages of the domain per day.
  public var dailyMessages: Double?
  /// Whether the operator of the source itself reports that it receives such messages directly.
  public var isReportedByIntermediary: Bool
  /// Organisations that the domain sends to.
  public var correspondents: Set<DomainName>
  /// Failing messages that authenticate as the same organisation as this flow.
  public var identity: Identity?
  /// The organisation that messages of this source authenticate as according to other reporters; nil if none says so.
  public var siblingIdentity: DomainName?
  /// Foreign domains that usually sign messages together with an own signature: those of services, and tenant names at mailbox providers.
  public var usualCosigners: Set<DomainName> = []
  /// Foreign domains that usually sign what another foreign domain of this flow signs.
  public var companions: Set<DomainName> = []
  /// The number of other addresses in the /24 or /64 of the source that the SPF record authorises.
  public var authorisedNeighbours: Int64 = 0
  /// The number of organisations whose mail shows that the source is a relay; 0 if they are too few.
  public var organisationsRelayedFor: Int64 = 0
  /// Whether most signed messages of the source are usual there.
  public var isUsualPlace = false
  /// Whether the source appeared with a replay and vanished with it.
  public var isReplayHost = false
  /// Which reporters a verdict on this flow rests on.
  public var support = Support.sufficient

  /// The failing messages that authenticate as one organisation.
  public struct Identity: Sendable, Hashable {
    /// The number of days on which there were any, and of days from the first to the last.
    public var days, span: Int64
    /// The number of messages.
    public var messages: Int64
    /// The number of distinct reporters.
    public var reporters: Int64
    /// The number of addresses, or networks for IPv6.
    public var places: Int64
    /// The number of messages with an own signature that does not verify.
    public var broken: Int64

    /// Creates the counts.
    public init(days: Int64, span: Int64, messages: Int64, reporters: Int64, places: Int64, broken: Int64 = 0) {
      self.days = days
      self.span = span
      self.messages = messages
      self.reporters = reporters
      self.places = places
      self.broken = broken
    }
  }

  /// Earlier messages of an infrastructure.
  public struct Source: Sendable, Hashable {
    /// The number of days since it was first seen.
    public var firstSeenDays: Int64?
    /// The number of days on which it sent.
    public var activeDays: Int64?
    /// The number of messages.
    public var messages: Int64?
    /// The number of distinct reporters.
    public var reporters: Int64?
    /// Its share of the messages with the selector, 0...1.
    public var share: Double?
    /// The number of messages that it delivered with an intact own signature.
    public var relayedIntact: Int64?
    /// The number of days on which it delivered such messages, and of days from the first to the last.
    public var intactDays, intactSpan: Int64?
    /// The number of such messages on their busiest day.
    public var intactBusiest: Int64?
    /// The number of days on which messages of it failed, and of days from the first to the last.
    public var failingDays, failingSpan: Int64?
    /// Whether its failing messages are sent on working days.
    public var isOnWorkingDays = false
    /// The share of its messages with an aligned SPF pass that are signed, 0...1.
    public var signRate: Double?
    /// The number of its messages that a receiver stated to be forwarded or sent through a mailing list.
    public var attested: Int64?
    /// Whether reports over several days are among those that the number of days rests on.
    public var isEstimated = false

    /// Creates the facts; nothing is known by default.
    public init(
      firstSeenDays: Int64? = nil, activeDays: Int64? = nil, messages: Int64? = nil, reporters: Int64? = nil,
      share: Double? = nil, relayedIntact: Int64? = nil, attested: Int64? = nil, intactDays: Int64? = nil,
      intactSpan: Int64? = nil, intactBusiest: Int64? = nil, failingDays: Int64? = nil, failingSpan: Int64? = nil,
      signRate: Double? = nil
    ) {
      self.firstSeenDays = firstSeenDays
      self.activeDays = activeDays
      self.messages = messages
      self.reporters = reporters
      self.share = share
      self.relayedIntact = relayedIntact
      self.attested = attested
      self.intactDays = intactDays
      self.intactSpan = intactSpan
      self.intactBusiest = intactBusiest
      self.failingDays = failingDays
      self.failingSpan = failingSpan
      self.signRate = signRate
    }
  }

  /// An own selector.
  public struct Selector: Sendable, Hashable {
    /// The number of messages that passed with it.
    public var messages: Int64
    /// The infrastructures that its messages usually come from.
    public var origins: Set<String>

    /// Creates the history of a selector.
    public init(messages: Int64, origins: Set<String>) {
      self.messages = messages
      self.origins = origins
    }
  }

  /// The message counts of a selector on one day.
  public struct SelectorDay: Sendable, Hashable {
    /// The number of messages from its usual origins.
    public var origin: Int64
    /// The number of messages from elsewhere.
    public var elsewhere: Int64
    /// The number of messages from its usual origins on their busiest day.
    public var bestOriginDay: Int64
    /// The number of infrastructures first seen on that day.
    public var newInfrastructures: Int64
    /// The number of messages from those infrastructures.
    public var newCopies: Int64
    /// The number of infrastructures that are new on most days; nil if there are too few days to tell.
    public var usualNewInfrastructures: Double?
    /// The day; nil if unknown.
    public var day: CalendarDay?
    /// Whether reports over several days are among those that the counts rest on.
    public var isEstimated = false

    /// Creates the counts of a day.
    public init(
      origin: Int64, elsewhere: Int64, bestOriginDay: Int64, newInfrastructures: Int64, day: CalendarDay? = nil,
      newCopies: Int64 = 0, usualNewInfrastructures: Double? = nil
    ) {
      self.origin = origin
      self.elsewhere = elsewhere
      self.bestOriginDay = bestOriginDay
      self.newInfrastructures = newInfrastructures
      self.day = day
      self.newCopies = newCopies
      self.usualNewInfrastructures = usualNewInfrastructures
    }
  }

  /// Creates a history; nothing is known by default.
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
