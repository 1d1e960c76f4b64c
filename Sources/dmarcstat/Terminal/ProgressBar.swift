import Glibc
import Wording

/// A line on standard error that shows the progress of a long run; not drawn unless standard error is a terminal.
final class ProgressBar {
  private let isShown: Bool
  private let start = ContinuousClock.now
  private var shownAt = ContinuousClock.now
  private var hasDrawn = false
  private static let width = 28

  init(isShown: Bool) { self.isShown = isShown && Terminal.isWatched }

  /// Draws the bar, at most ten times a second and not in the first 100 ms of a run.
  func update(share: Double, note: String) {
    guard isShown, shownAt.duration(to: .now) > .milliseconds(100) else { return }
    shownAt = .now
    hasDrawn = true
    let filled = Int(Double(Self.width) * min(1, max(0, share)))
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Self.width - filled)
    let seconds = start.duration(to: .now).components.seconds
    Terminal.redraw("[\(bar)] \(Terminal.wording.text(note))  \(seconds) s")
  }

  /// Erases the bar.
  func finish() {
    if hasDrawn { Terminal.redraw("") }
  }
}
