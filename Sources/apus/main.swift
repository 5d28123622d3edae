import CLinux
import Server

exit(CommandLineProgram.run(CommandLine.arguments))
