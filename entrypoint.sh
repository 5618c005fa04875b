#!/bin/sh
# What the `lab` image does, by its first word: lab (also without one), report, handout or slides. Any other word
# is a program to run. It runs as any user, also where only /tmp and the mounted folders can be written.
set -eu

project=$(cd "${0%/*}" && pwd)
mkdir -p "$HOME"
word=${1:-lab}
[ "$#" -eq 0 ] || shift

# Results go to a folder of the caller, so that they outlive the container and belong to who runs it.
results() {
  if [ ! -w /reports ]; then
    echo "User $(id -u) has no folder at /reports to write to. Make one before the run (mkdir reports), and start with:" \
      '-v "$PWD/reports:/reports" --user "$(id -u):$(id -g)"; with rootless Podman also: --userns=keep-id' >&2
    exit 1
  fi
  exec python -m "$@" --output /reports
}

mounted() {
  while read -r _ _ _ _ point _; do
    [ "$point" != "$1" ] || return 0
  done </proc/self/mountinfo
  return 1
}

case $word in
  lab)
    # Copies, which can be changed; `-v "$PWD/lab:/lab"` keeps them.
    if [ ! -w /lab ] && mounted /lab; then
      echo "User $(id -u) may not write to the folder mounted at /lab, so changed notebooks would be lost." \
        'Make it before the run (mkdir lab), and add --user "$(id -u):$(id -g)"; with rootless Podman also:' \
        '--userns=keep-id' >&2
      exit 1
    fi
    [ -w /lab ] && folder=/lab || folder=$HOME/lab
    mkdir -p "$folder"
    [ -e "$folder/notebooks" ] || cp -R "$project/notebooks" "$folder/notebooks"
    # What cells print of the files beside the notebooks. Not every file system of a mounted folder has links.
    for name in greeter manifests; do
      [ -e "$folder/$name" ] || ln -s "$project/$name" "$folder/$name" || cp -R "$project/$name" "$folder/$name"
    done
    export PYTHONSTARTUP="$project/helpers/lesson/startup.py"
    cd "$folder/notebooks"
    root=
    [ "$(id -u)" -ne 0 ] || root=--allow-root
    exec jupyter lab --ip=0.0.0.0 --port=8888 --no-browser $root "$@" ;;
  report) results helpers.report "$@" ;;
  handout) results helpers.handout pdf "$@" ;;
  slides) results helpers.handout slides "$@" ;;
  *) exec "$word" "$@" ;;
esac
