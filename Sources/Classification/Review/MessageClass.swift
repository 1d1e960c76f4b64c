import DMARC
package import Store
import Verdict

/// What messages mean for the domain in whose name they were sent: the parts of the charts of a review, from the bottom up.
package enum MessageClass: String, Sendable, Hashable, CaseIterable {
  /// Passed DMARC, straight from a sender of the domain.
  case direct
  /// Passed on by forwarders and mailing lists, whether it passed or not.
  case forwarded
  /// Sent by the domain owner or a service of theirs, and failed.
  case failing
  /// From nobody who is known.
  case unknown
  /// Not evaluated by the receiver, or an error of the receiver.
  case other

  package init(_ kind: MessageKind) {
    switch Verdict(rawValue: kind.verdict) {
    case .forwarded, .forwardedModified, .mailingList: self = kind.isUnknownIP ? .unknown : .forwarded
    case _ where kind.isNotEvaluated: self = .other
    case .dkimReplaySuspected, .unknownUnauthenticated: self = .unknown
    case .ownMisconfigured, .subdomainAlignment, .misalignedService:
      self = kind.passesDMARC ? .direct : kind.isUnknownIP ? .unknown : .failing
    case .receiverError, nil: self = kind.passesDMARC ? .direct : .other
    case .aligned: self = kind.isUnknownIP ? .unknown : .direct
    }
  }

  /// The messages of each class.
  static func sums(_ kinds: [MessageKind: Int64]) -> [MessageClass: Int64] {
    kinds.reduce(into: [:]) { $0[MessageClass($1.key), default: 0].addClamped($1.value) }
  }
}

/// The groups in which a review lists senders.
package enum SenderClass: String, Sendable, Hashable, CaseIterable {
  case known, forwarders, unknown

  package init(_ kind: MessageKind) {
    self =
      switch MessageClass(kind) {
      case .direct, .failing, .other: .known
      case .forwarded: .forwarders
      case .unknown: .unknown
      }
  }
}
