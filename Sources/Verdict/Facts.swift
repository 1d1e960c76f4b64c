import DMARC

/// A flow: what was reported, under which policy, and from where.
public struct FlowFacts: Sendable {
  /// The address that sent the mail.
  public let source: IPAddress
  /// The outcome under its policy, in the terms of the rules.
  public let terms: OutcomeTerms

  /// A flow of an outcome whose terms are at hand.
  public init(source: IPAddress, terms: OutcomeTerms) {
    self.source = source
    self.terms = terms
  }

  /// A flow.
  public init(source: IPAddress, outcome: AuthenticationOutcome, policy: PolicyPublished) {
    self.init(source: source, terms: OutcomeTerms(outcome, policy))
  }
}

/// What the operator has declared.
public struct OperatorFacts: Sendable, Hashable {
  /// The declared sender of this flow, if any.
  public var knownSender: KnownSender?
  /// Domains that are ours besides the From domain.
  public var ownDomains: [DomainName]

  /// Declarations; none by default.
  public init(knownSender: KnownSender? = nil, ownDomains: [DomainName] = []) {
    self.knownSender = knownSender
    self.ownDomains = ownDomains
  }
}

/// What the store knows of earlier mail. Everything is optional: what is unknown leads to the weaker rule.
public struct HistoryFacts: Sendable, Hashable {
  /// Messages of this flow.
  public var messages: Int64
  /// Our surviving signature: the selector's usual paths, nil where there is too little mail to tell.
  public var origin: Origin?
  /// Signatures of ours, `domain/selector`, that are known from mail that passed.
  public var knownSelectors: Set<String>
  /// A day on which copies from elsewhere outnumbered all that was ever sent in a day.
  public var replay: Replay?

  /// Where mail with a selector usually comes from.
  public enum Origin: Sendable, Hashable {
    /// This flow comes by a usual path of its selector.
    case usual
    /// The selector has usual paths, and this is none of them.
    case elsewhere
  }

  /// Numbers of the day that looks like a replay.
  public struct Replay: Sendable, Hashable {
    /// The day.
    public var day: CalendarDay
    /// Messages with our signature from unusual paths on that day.
    public var copies: Int64
    /// Messages by the usual paths on their best day.
    public var bestOriginDay: Int64

    /// The day's numbers.
    public init(day: CalendarDay, copies: Int64, bestOriginDay: Int64) {
      self.day = day
      self.copies = copies
      self.bestOriginDay = bestOriginDay
    }
  }

  /// History; nothing known by default.
  public init(
    messages: Int64 = 0, origin: Origin? = nil, knownSelectors: Set<String> = [], replay: Replay? = nil
  ) {
    self.messages = messages
    self.origin = origin
    self.knownSelectors = knownSelectors
    self.replay = replay
  }
}
