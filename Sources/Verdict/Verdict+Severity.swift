extension Verdict {
  /// How serious a flow with this verdict is, in steps from 0 (harmless, or only a guess) to 4 (probably an attack).
  /// Unknown sources are ranked by it, beside their volume, spread and newness. It is -1 for mail that passes and is
  /// aligned by its envelope: such mail needs review only because its reporters are not known yet, and ranks below all
  /// other mail.
  public func severity(ofSubtype subtype: Subtype) -> Int {
    switch (self, subtype) {
    case (.unknownUnauthenticated, .spoofSuspected), (.dkimReplaySuspected, .burst): 4
    case (.dkimReplaySuspected, .volume): 3
    case (.unknownUnauthenticated, .foreignIdentity), (.unknownUnauthenticated, .nothingPasses): 2
    case (.misalignedService, .esp): 1
    case (.aligned, .both), (.aligned, .spfOnly): -1
    default: 0
    }
  }
}

extension Verdict {
  /// Whether somebody must decide what to do, even if the source is known: something of their own or of a service must be corrected, or
  /// is abused.
  public var requiresDecision: Bool {
    switch self {
    case .misalignedService, .subdomainAlignment, .ownMisconfigured, .dkimReplaySuspected: true
    case .aligned, .forwarded, .forwardedModified, .mailingList, .receiverError, .unknownUnauthenticated: false
    }
  }
}
