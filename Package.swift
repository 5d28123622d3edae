// swift-tools-version: 6.2
import PackageDescription

/// What every target is compiled with; warnings are errors everywhere.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

/// Lets small functions of the lower floors be inlined into the request road above them.
let releaseSettings: [SwiftSetting] = [
  .unsafeFlags(
    ["-cross-module-optimization", "-enforce-exclusivity=unchecked"],
    .when(configuration: .release))
]

func floor(
  _ name: String, on lower: [Target.Dependency] = [], excluding files: [String] = []
) -> Target {
  .target(
    name: name, dependencies: lower, exclude: files, swiftSettings: settings + releaseSettings)
}

func tests(of name: String, using others: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.byName(name: name)] + others, swiftSettings: settings)
}

let package = Package(
  name: "apus",
  products: [.executable(name: "apus", targets: ["apus"])],
  dependencies: [.package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6")],
  targets: [
    // Floor 0: system libraries.
    .target(name: "CLinux", linkerSettings: [.linkedLibrary("crypt")]),
    .target(name: "CBoringSSL", dependencies: [.product(name: "NIOSSL", package: "swift-nio-ssl")]),
    .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
    .systemLibrary(name: "CAres", pkgConfig: "libcares", providers: [.apt(["libc-ares-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

    // Floor 1 to 4; each imports only floors below its own.
    floor("Bytes"),
    floor("Config", on: ["Bytes", "CLinux"]),
    floor("Wire", on: ["Bytes"]),
    floor("Sockets", on: ["Bytes", "CLinux", "CBoringSSL", "CAres"]),
    floor(
      "Engine",
      on: ["Bytes", "Config", "Wire", "Sockets", "CLinux", "CBoringSSL", "CPCRE2", "CZlib"],
      excluding: ["DIRECTIVES.md", "VARIABLES.md"]),
    floor("Server", on: ["Engine", "Bytes", "Config", "Wire", "Sockets", "CLinux", "CBoringSSL"]),

    // Floor 5: the command line. The Swift runtime is linked in, so that no machine needs Swift.
    .executableTarget(
      name: "apus",
      dependencies: ["Server", "Engine", "Config", "Bytes", "CLinux"],
      swiftSettings: settings + releaseSettings,
      linkerSettings: [
        // Nothing is loaded into the program that would look for its symbols.
        .unsafeFlags(
          ["-static-stdlib", "-Xlinker", "--no-export-dynamic"], .when(configuration: .release))
      ]),

    tests(of: "Bytes"),
    tests(of: "Config", using: ["Bytes"]),
    tests(of: "Wire", using: ["Bytes"]),
    tests(of: "Sockets", using: ["Bytes", "CLinux"]),
    tests(of: "Engine", using: ["Bytes", "CLinux", "Config", "Wire", "Sockets"]),
    tests(of: "Server", using: ["Bytes", "CLinux", "Engine"]),
    .testTarget(name: "EndToEndTests", exclude: ["Peers"], swiftSettings: settings),
  ]
)
