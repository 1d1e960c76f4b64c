import Foundation
import Testing

@testable import Ingestion

/// One process at a time cleans up a mailbox.
@Suite struct MailboxLockTests {
  @Test func aMailboxIsLockedOnce() throws {
    let folder = try TemporaryFolder()
    let file = folder.path + "/lock"
    let first = try #require(MailboxLock(file, "a"))
    #expect(MailboxLock(file, "a") == nil)
    #expect(MailboxLock(file, "b") != nil)
    #expect(MailboxLock(folder.path + "/other", "a") != nil)
    first.release()
    let second = try #require(MailboxLock(file, "a"))
    // Releasing twice must not release what is another's by then.
    first.release()
    #expect(MailboxLock(file, "a") == nil)
    second.release()
  }

  @Test func aLockEndsWithItsHolder() throws {
    let file = try TemporaryFolder().path + "-lock"
    defer { try? FileManager.default.removeItem(atPath: file) }
    do { _ = try #require(MailboxLock(file, "a")) }
    #expect(MailboxLock(file, "a") != nil)
  }

  @Test(arguments: [nil, ":memory:-mail", "/nonexistent/lock"]) func withoutAFileNothingIsLocked(_ file: String?) {
    let locks = [MailboxLock(file, "a"), MailboxLock(file, "a")]
    #expect(locks.allSatisfy { $0 != nil })
  }
}
