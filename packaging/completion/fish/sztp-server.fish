# SPDX-License-Identifier: Apache-2.0
# Made by scripts/completion out of --help.
complete -c sztp-server -l dir -x -a '(__fish_complete_directories)' -d 'the devices\' data, see below'
complete -c sztp-server -l config -rF -d 'settings as JSON'
complete -c sztp-server -l listen -x -d 'default ['
complete -c sztp-server -l tls-cert -rF -d 'the server\'s certificate chain'
complete -c sztp-server -l tls-key -rF -d 'its private key'
complete -c sztp-server -l device-ca -rF -d 'whom to believe devices\' certificates'
complete -c sztp-server -l port-file -rF -d 'where to write the port listened at'
complete -c sztp-server -l check -d 'serve nothing'
complete -c sztp-server -l help
complete -c sztp-server -l version
