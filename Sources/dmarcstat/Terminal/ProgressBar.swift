import Glibc

/// One line on standard error that shows how far a long run has come. Silent where nobody watches.
final class ProgressBar {
  private let isShown: Bool
  private let start = ContinuousClock.now
  private var shownAt = ContinuousClock.now
  private var hasDrawn = false
  private static let width = 28

  init(isShown: Bool) { self.isShown = isShown && Terminal.isWatched }

  /// Draws the bar, at most ten times a second and not for runs that end at once.
  func update(share: Double, note: String) {
    guard isShown, shownAt.duration(to: .now) > .milliseconds(100) else { return }
    shownAt = .now
    hasDrawn = true
    let filled = Int(Double(Self.width) * min(1, max(0, share)))
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Self.width - filled)
    let seconds = start.duration(to: .now).components.seconds
    Terminal.redraw("[\(bar)] \(note)  \(seconds) s")
  }

  /// Takes the bar away.
  func finish() {
    if hasDrawn { Terminal.redraw("") }
  }
}
